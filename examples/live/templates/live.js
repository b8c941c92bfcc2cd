"use strict"

// Shows the stream of this session, and its end.
const stream = document.getElementById("stream")
const beats = document.getElementById("beats")
const state = document.getElementById("state")

function show(name, text) {
	stream.dataset.state = name
	state.textContent = text
}

function end() {
	source.close()
	document.title = "Ended · Live"
	show("ended", "This session has ended. Nothing more will come.")
}

const source = new EventSource("/events")
source.addEventListener("beat", (e) => {
	beats.textContent = e.data
	show("live", "Live: the server sends an event each second.")
})
source.addEventListener("end", end)
source.addEventListener("error", () => {
	if (source.readyState === EventSource.CLOSED) {
		end() // it was answered that there is nothing for who asks
	} else {
		show("connecting", "The server does not answer. Trying again…")
	}
})
