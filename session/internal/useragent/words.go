// Package useragent says in a few words what a User-Agent header is of, for a person who looks at a list of his devices.
package useragent

import "strings"

// headerBytes is how much of a header is looked at. Browsers stay below 300, apps that add to theirs below 500.
const headerBytes = 1024

// Words returns what sent the header, such as "Firefox on Windows", "Safari on iPhone", "curl" or "bot", and "" for what is
// not known. It has no versions, which change by themselves, and nothing that the tables of this file do not have, so no
// client can put words into it; it has at most 40 letters.
//
// It is what the client says of itself: good for recognising, not for deciding. An iPad that asks for desktop pages says
// that it is a Mac, Brave that it is Chrome, and so on.
func Words(header string) string {
	header = strings.ToLower(header[:min(len(header), headerBytes)])
	program := find(disguised, header)
	if program == "" && !strings.HasPrefix(header, "mozilla/") {
		program = find(programs, header)
	}
	if program != "" {
		return program
	}
	browser, system := find(browsers, header), find(systems, header)
	if system == "Mac" && strings.Contains(header, "ios/") { // CriOS and the like, asking for desktop pages
		system = "iPad"
	}
	switch {
	case browser == "" && system == "iPhone", browser == "" && system == "iPad":
		browser = "App" // every browser there says Safari, a web view in an app does not
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + " on " + system
}

// A sign is a part of headers, in lower case, and what has it.
type sign struct{ part, name string }

// find returns the name of the first sign that the header has, "" where it has none.
func find(signs []sign, header string) string {
	for _, s := range signs {
		if strings.Contains(header, s.part) {
			return s.name
		}
	}
	return ""
}

// disguised are programs that may say that they are browsers. "bot" alone would be the phones of Cubot, too.
var disguised = []sign{
	{"bot/", "bot"},
	{"bot;", "bot"},
	{"+http", "bot"},
	{"crawler", "bot"},
	{"spider", "bot"},
	{"slurp", "bot"},
	{"facebookexternalhit", "bot"},
	{"headlesschrome", "bot"},
	{"lighthouse", "bot"},
	{"powershell", "PowerShell"},
}

// programs do not say that they are browsers.
var programs = []sign{
	{"curl/", "curl"},
	{"wget/", "Wget"},
	{"go-http-client", "Go program"},
	{"python", "Python program"},
	{"aiohttp", "Python program"},
	{"axios/", "JavaScript program"},
	{"node", "JavaScript program"},
	{"undici", "JavaScript program"},
	{"okhttp", "Java program"},
	{"apache-httpclient", "Java program"},
	{"java/", "Java program"},
	{"dart/", "Dart program"},
	{"reqwest", "Rust program"},
	{"ruby", "Ruby program"},
	{"guzzlehttp", "PHP program"},
	{"postmanruntime", "Postman"},
	{"cfnetwork", "App on an Apple device"},
}

// browsers are in an order in which each stands before those that it claims to be as well: all of them Safari, most Chrome.
var browsers = []sign{
	{"fban/", "Facebook"},
	{"fbav/", "Facebook"},
	{"instagram", "Instagram"},
	{" line/", "LINE"},
	{"musical_ly", "TikTok"},
	{"bytedancewebview", "TikTok"},
	{"gsa/", "Google app"},
	{"; wv)", "App"}, // a web view of Android
	{"edg/", "Edge"},
	{"edga/", "Edge"},
	{"edgios/", "Edge"},
	{"edge/", "Edge"},
	{"opr/", "Opera"},
	{"opt/", "Opera"},
	{"opx/", "Opera"},
	{"opera", "Opera"},
	{"samsungbrowser/", "Samsung Internet"},
	{"yabrowser/", "Yandex Browser"},
	{"vivaldi/", "Vivaldi"},
	{"duckduckgo/", "DuckDuckGo"},
	{"ddg/", "DuckDuckGo"},
	{"ucbrowser/", "UC Browser"},
	{"miuibrowser/", "Mi Browser"},
	{"huaweibrowser/", "Huawei Browser"},
	{"silk/", "Silk"},
	{"focus/", "Firefox Focus"},
	{"klar/", "Firefox Focus"},
	{"fxios/", "Firefox"},
	{"firefox/", "Firefox"},
	{"crios/", "Chrome"},
	{"chromium/", "Chromium"},
	{"chrome/", "Chrome"},
	{"trident/", "Internet Explorer"},
	{"safari/", "Safari"},
}

// systems are in such an order, too: an iPhone is like Mac OS X, Android is a Linux.
var systems = []sign{
	{"ipad", "iPad"},
	{"iphone", "iPhone"},
	{"android", "Android"},
	{"cros ", "ChromeOS"},
	{"windows", "Windows"},
	{"macintosh", "Mac"},
	{"linux", "Linux"},
	{"bsd", "BSD"},
}
