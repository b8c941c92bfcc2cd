// Keeps the first page's figures and charts up to date. The server has drawn everything; here, texts and paths are put in
// their places. Without this script the page is one moment's.
(() => {
	"use strict"
	const state = document.getElementById("live")
	if (!state || !window.EventSource) return

	const says = document.createElement("span")
	says.setAttribute("role", "status")
	const button = document.createElement("button")
	button.type = "button"
	state.append(says, button)

	let events = null
	let paused = false

	const show = (text, kind) => {
		if (says.textContent !== text) says.textContent = text
		state.dataset.kind = kind
		button.textContent = paused ? "Go on" : "Pause"
		button.hidden = kind === "over"
	}

	const put = (list, change) => {
		for (const id in list) {
			const element = document.getElementById(id)
			if (element) change(element, list[id])
		}
	}

	const stop = () => {
		if (events) events.close()
		events = null
	}

	const start = () => {
		stop()
		events = new EventSource("live?range=" + encodeURIComponent(state.dataset.range))
		events.onmessage = (e) => {
			const update = JSON.parse(e.data)
			put(update.text, (element, text) => { if (element.textContent !== text) element.textContent = text })
			put(update.path, (element, path) => element.setAttribute("d", path))
			put(update.state, (element, word) => { element.dataset.state = word })
			show("Live", "live")
		}
		events.onerror = () => {
			// The browser connects again by itself, unless it was refused.
			if (events && events.readyState === EventSource.CLOSED) show("Not live any more: reload the page", "over")
			else show("Connecting …", "waiting")
		}
	}

	button.onclick = () => {
		paused = !paused
		if (paused) {
			stop()
			show("Paused", "paused")
		} else {
			show("Connecting …", "waiting")
			start()
		}
	}

	// A page that nobody sees asks for nothing.
	document.addEventListener("visibilitychange", () => {
		if (paused) return
		if (document.hidden) stop()
		else start()
	})
	window.addEventListener("pagehide", stop)

	show("Connecting …", "waiting")
	start()
})()
