package useragent_test

import (
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session/internal/useragent"
)

// What most headers are made of.
const (
	windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
	mac     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
	linux   = "Mozilla/5.0 (X11; Linux x86_64) "
	iphone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) "
	ipad    = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) "
	android = "Mozilla/5.0 (Linux; Android 10; K) " // frozen: all phones and tablets
	blink   = "AppleWebKit/537.36 (KHTML, like Gecko) "
	webkit  = "AppleWebKit/605.1.15 (KHTML, like Gecko) "
	chrome  = blink + "Chrome/138.0.0.0 "
)

func TestWordsForRealHeaders(t *testing.T) {
	for header, want := range map[string]string{
		// Desktops.
		windows + chrome + "Safari/537.36":                                                     "Chrome on Windows",
		windows + chrome + "Safari/537.36 Edg/138.0.0.0":                                       "Edge on Windows",
		windows + chrome + "Safari/537.36 OPR/120.0.0.0":                                       "Opera on Windows",
		windows + chrome + "Safari/537.36 Vivaldi/7.5.3735.41":                                 "Vivaldi on Windows",
		windows + chrome + "YaBrowser/25.6.0.0 Safari/537.36":                                  "Yandex Browser on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0":     "Firefox on Windows",
		"Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko":                "Internet Explorer on Windows",
		mac + chrome + "Safari/537.36":                                                         "Chrome on Mac",
		mac + webkit + "Version/18.5 Safari/605.1.15":                                          "Safari on Mac",
		mac + chrome + "Safari/537.36 Edg/138.0.0.0":                                           "Edge on Mac",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Mac",
		mac + webkit + "Version/18.5 Safari/605.1.15 Ddg/18.5":                                 "DuckDuckGo on Mac",
		linux + chrome + "Safari/537.36":                                                       "Chrome on Linux",
		linux + chrome + "Safari/537.36 OPR/120.0.0.0":                                         "Opera on Linux",
		"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":       "Firefox on Linux",
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0":               "Firefox on Linux",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " + chrome + "Safari/537.36":                 "Chrome on ChromeOS",
		"Mozilla/5.0 (X11; FreeBSD amd64; rv:140.0) Gecko/20100101 Firefox/140.0":              "Firefox on BSD",
		linux + blink + "Ubuntu Chromium/138.0.7204.49 Chrome/138.0.7204.49 Safari/537.36":     "Chromium on Linux",

		// Telephones and tablets.
		android + chrome + "Mobile Safari/537.36":                                                                    "Chrome on Android",
		android + chrome + "Safari/537.36":                                                                           "Chrome on Android",
		android + chrome + "Mobile Safari/537.36 EdgA/138.0.0.0":                                                     "Edge on Android",
		android + chrome + "Mobile Safari/537.36 OPR/90.0.0.0":                                                       "Opera on Android",
		android + blink + "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36":                                "Samsung Internet on Android",
		android + chrome + "Mobile DuckDuckGo/5 Safari/537.36":                                                       "DuckDuckGo on Android",
		"Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0":                                       "Firefox on Android",
		"Mozilla/5.0 (Android 14; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0":                                       "Firefox on Android",
		"Mozilla/5.0 (Linux; Android 13; CUBOT P50) " + chrome + "Mobile Safari/537.36":                              "Chrome on Android",
		"Mozilla/5.0 (Linux; Android 11; KFTRWI) " + blink + "Silk/135.1.1 like Chrome/135.0.7049.100 Safari/537.36": "Silk on Android",
		iphone + webkit + "Version/18.5 Mobile/15E148 Safari/604.1":                                                  "Safari on iPhone",
		iphone + webkit + "CriOS/138.0.7204.53 Mobile/15E148 Safari/604.1":                                           "Chrome on iPhone",
		iphone + webkit + "FxiOS/140.0 Mobile/15E148 Safari/605.1.15":                                                "Firefox on iPhone",
		iphone + webkit + "Version/18.0 EdgiOS/138.0.3351.65 Mobile/15E148 Safari/604.1":                             "Edge on iPhone",
		iphone + webkit + "Version/18.5 Mobile/15E148 Safari/604.1 OPT/5.5.0":                                        "Opera on iPhone",
		ipad + webkit + "Version/18.5 Mobile/15E148 Safari/604.1":                                                    "Safari on iPad",
		ipad + webkit + "CriOS/138.0.7204.53 Mobile/15E148 Safari/604.1":                                             "Chrome on iPad",
		mac + webkit + "CriOS/138 Version/11.1.1 Safari/605.1.15":                                                    "Chrome on iPad",

		"Mozilla/5.0 (Linux; Android 13; Ruby Node X) " + chrome + "Mobile Safari/537.36": "Chrome on Android",

		// Pages in apps.
		iphone + webkit + "Mobile/15E148": "App on iPhone",
		iphone + webkit + "Mobile/15E148 [FBAN/FBIOS;FBAV/520.0.0.38.101;FBBV/756351453;FBDV/iPhone15,2]":                                       "Facebook on iPhone",
		iphone + webkit + "Mobile/15E148 Instagram 385.0.0.30.80 (iPhone15,2; iOS 18_5; de_DE; scale=3.00; 1179x2556)":                          "Instagram on iPhone",
		iphone + webkit + "GSA/374.0.774815645 Mobile/15E148 Safari/604.1":                                                                      "Google app on iPhone",
		"Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/BP1A.250605.002; wv) " + blink + "Version/4.0 Chrome/138.0.7204.63 Mobile Safari/537.36": "App on Android",

		// Programs.
		"curl/8.14.1":                 "curl",
		"Wget/1.25.0":                 "Wget",
		"Go-http-client/2.0":          "Go program",
		"python-requests/2.32.4":      "Python program",
		"Python-urllib/3.13":          "Python program",
		"Python/3.12 aiohttp/3.12.13": "Python program",
		"axios/1.10.0":                "JavaScript program",
		"node":                        "JavaScript program",
		"okhttp/4.12.0":               "Java program",
		"Java/21.0.7":                 "Java program",
		"Dart/3.8 (dart:io)":          "Dart program",
		"PostmanRuntime/7.44.1":       "Postman",
		"MyApp/3 CFNetwork/3826.500.131 Darwin/24.5.0":                                                           "App on an Apple device",
		"Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.5848":                      "PowerShell",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                               "bot",
		android + chrome + "Mobile Safari/537.36 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)":    "bot",
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)": "bot",
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)":                              "bot",
		linux + blink + "HeadlessChrome/138.0.0.0 Safari/537.36":                                                 "bot",

		// What is known in part, or not at all.
		linux + blink:      "Linux",
		"Firefox/140.0":    "Firefox",
		"Mozilla/5.0":      "",
		"":                 "",
		"<script>alert(1)": "",
		"\xff\x00":         "",
		strings.Repeat(" ", 1024) + "curl/8.14.1": "",
	} {
		if got := useragent.Words(header); got != want {
			t.Errorf("%s\ngot %q, want %q", header, got, want)
		}
	}
}

// FuzzWordsAreOfTheTables fails where a header's own text gets through.
func FuzzWordsAreOfTheTables(f *testing.F) {
	f.Add("curl/8.14.1")
	f.Add(windows + chrome + "Safari/537.36 Edg/138.0.0.0")
	f.Add(mac + webkit + "CriOS/138 Version/11.1.1 Safari/605.1.15")
	f.Add(iphone + webkit + "Mobile/15E148")
	f.Add("Firefox/<b>\xff on Linux")
	sayable := map[string]bool{}
	for _, words := range useragent.Sayable() {
		sayable[words] = true
	}
	f.Fuzz(func(t *testing.T, header string) {
		if got := useragent.Words(header); !sayable[got] {
			t.Errorf("%q: got %q", header, got)
		}
	})
}

func TestWordsAreShort(t *testing.T) {
	for _, words := range useragent.Sayable() {
		if len(words) > 40 {
			t.Errorf("%q is %d letters long", words, len(words))
		}
	}
}
