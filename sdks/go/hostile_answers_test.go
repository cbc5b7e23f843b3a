package latchkey_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
)

// hostile is what a server, or whatever answers in its place, may do to a client, and what the client is to make of it.
type hostile struct {
	name string
	// answer writes to the connection, which is closed after it.
	answer func(io.Writer)
	// want is what a call of the native package makes of it, and openrouter of the other one, unless that is the same.
	want, openrouter string
}

// Whatever is asked, these are no answers.
var foreignBodies = []string{
	``, ` `, `null`, `true`, `7`, `"VALID"`, `[]`, `[{}]`, `{}`, `<html>`, `{"valid":tr`, `{"status":"ok"}`, `{"id":1,"name":"bob"}`, `{"id":"r1","state":"open"}`,
	`{"valid":true}`, `{"valid":false}`, `{"code":"VALID"}`, `{"valid":true,"code":"VALID"}`, `{"valid":true,"code":"VALID","keyId":""}`,
	`{"valid":true,"code":"VALID","keyId":null}`, `{"valid":true,"code":"VALID","keyId":7}`, `{"valid":true,"code":"EXPIRED","keyId":"k"}`,
	`{"valid":false,"code":"VALID","keyId":"k"}`, `{"valid":1,"code":"VALID","keyId":"k"}`, `{"valid":"true","code":"VALID","keyId":"k"}`,
	`{"valid":null,"code":"VALID","keyId":"k"}`, `{"VALID":true,"Code":"VALID","keyId":"k"}`, `{"valid":false,"code":""}`, `{"valid":false,"code":null}`,
	`{"valid":true,"code":"VALID","keyId":"k","budget":{}}`, `{"valid":true,"code":"VALID","keyId":"k","budget":[{}]}`,
	`{"valid":true,"code":"VALID","keyId":"k","budget":[{"limit":"a","spent":"0","reserved":"0","remaining":"1"}]}`,
	`{"valid":true,"code":"VALID","keyId":"k","labels":[]}`, `{"valid":true,"code":"VALID","keyId":"k","expiresAt":"soon"}`,
	`{"id":"","keyId":"k","state":"open","amount":"1"}`, `{"id":"r","state":"open","amount":"1"}`, `{"id":"r","keyId":"k","amount":"1"}`,
	`{"id":"r","keyId":"k","state":"open","amount":"a lot"}`, `{"id":"r","keyId":"k","state":"open","amount":1}`, `{"data":null}`, `{"data":{}}`, `{"data":7}`,
	`{"data":[{}]}`, `{"data":[null]}`, `{"deleted":false}`, `{"deleted":"true"}`, `{"error":{"code":404,"message":"no"}}`, `{"message":"Not Found"}`,
	"{\"valid\":true,\"code\":\"VALID\",\"keyId\":\"k\"}{}", "{\"data\":{\"hash\":\"\xff\xfe", `)]}',{"valid":true,"code":"VALID","keyId":"k"}`,
}

// An answer to all calls at once.
const wholeBody = `{"valid":true,"code":"VALID","keyId":"k","id":"r","state":"settled","amount":"1","settled":"1","deleted":true,"data":{"hash":"h"}}`

func hostileAnswers() []hostile {
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
	bomb := strings.Repeat(packed(strings.Repeat(" ", 1<<20)), 400)
	answers := []hostile{
		{"400 MiB", endless(ok+"\r\n", " "), malformed, ""},
		{"400 MiB in chunks", endless(ok+"Transfer-Encoding: chunked\r\n\r\n", "1000\r\n"+strings.Repeat(" ", 0x1000)+"\r\n"), malformed, ""},
		{"400 MiB as announced", endless(ok+"Content-Length: 419430400\r\n\r\n", " "), malformed, ""},
		{"400 MiB of a failure", endless(strings.Replace(ok, "200 OK", "403 X", 1)+"\r\n", " "), status, ""},
		{"17 MiB of a failure as announced", endless(strings.Replace(ok, "200 OK", "403 X", 1)+"Content-Length: 17825792\r\n\r\n", " "), status, ""},
		{"400 MiB that are announced and never come", drip(ok+"Content-Length: 419430400\r\n\r\n", ""), malformed, ""},
		{"a length beyond all numbers", reply(200, "Content-Length: 99999999999999999999\r\n", wholeBody), broken, ""},
		{"a negative length", reply(200, "Content-Length: -5\r\n", wholeBody), broken, ""},
		{"two lengths", reply(200, "Content-Length: 2\r\nContent-Length: 5\r\n", wholeBody), broken, ""},
		{"a length longer than the answer", reply(200, "Content-Length: 1000\r\n", wholeBody), broken, ""},
		{"a length shorter than the answer", reply(200, "Content-Length: 10\r\n", wholeBody), malformed, ""},
		{"a compressed bomb", reply(200, "Content-Encoding: gzip\r\n", bomb), malformed, ""},
		{"a bomb in a bomb", reply(200, "Content-Encoding: gzip, gzip\r\n", packed(bomb)), malformed, ""},
		{"what only claims to be compressed", reply(200, "Content-Encoding: gzip\r\n", wholeBody), broken, ""},
		{"half of what is compressed", reply(200, "Content-Encoding: gzip\r\n", packed(strings.Repeat(wholeBody, 100))[:40]), broken, ""},
		{"a compression nobody asked for", reply(200, "Content-Encoding: br\r\n", "\x0b\x02\x80{}\x03"), malformed, ""},
		{"millions of empty keys", reply(200, "", `{"data":[{}`+strings.Repeat(`,{}`, 5_000_000)+`]}`), malformed, ""},
		{"thousands of empty keys", reply(200, "", `{"data":[{}`+strings.Repeat(`,{}`, 30_000)+`]}`), malformed, ""},
		{"millions of empty limits", reply(200, "", strings.TrimSuffix(wholeBody, "}")+`,"budget":[{}`+strings.Repeat(`,{}`, 5_000_000)+`]}`), malformed, ""},
		{"millions of labels", reply(200, "", strings.TrimSuffix(wholeBody, "}")+`,"labels":{"":""`+strings.Repeat(`,"":""`, 2_000_000)+`}}`), malformed, ""},
		{"a tower of lists", reply(200, "", `{"data":`+strings.Repeat(`[`, 5_000_000)), malformed, ""},
		{"a tower of 15,000 lists", reply(200, "", `{"data":`+strings.Repeat(`[`, 15_000)+strings.Repeat(`]`, 15_000)+`}`), malformed, ""},
		{"a byte now and then", drip(ok+"\r\n", " "), late, ""},
		{"a byte of the headers now and then", drip("HTTP/1.1 200 OK\r\nX-A: ", "a"), late, ""},
		{"an empty chunk of compressed nothing now and then", drip(ok+"Content-Encoding: gzip\r\n\r\n", packed("")), late, ""},
		{"a preliminary answer and then nothing", drip("HTTP/1.1 100 Continue\r\n\r\n", ""), late, ""},
		{"nothing at all", drip("", ""), late, ""},
		{"headers without end", endless("HTTP/1.1 200 OK\r\n", "X-A: "+strings.Repeat("a", 1000)+"\r\n"), broken, ""},
		{"preliminary answers without end", endless("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), broken, ""},
		{"another protocol", reply(101, "Upgrade: x\r\n", ""), status, ""},
		{"another protocol that goes on", drip("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "x"), status, ""},
		{"no HTTP", func(w io.Writer) { fmt.Fprint(w, "SSH-2.0-OpenSSH_9.2\r\n") }, broken, ""},
		{"no answer", func(io.Writer) {}, broken, ""},
		{"a redirect", reply(307, "Location: http://127.0.0.1:1/\r\n", wholeBody), status, ""},
		{"a redirect to nowhere", reply(302, "", wholeBody), status, ""},
	}
	for _, number := range []int{202, 203, 204, 205, 206, 207, 226, 299} {
		answers = append(answers, hostile{fmt.Sprintf("status %d", number), reply(number, "", wholeBody), malformed, status})
	}
	for _, body := range foreignBodies {
		answers = append(answers, hostile{"the body " + body[:min(len(body), 80)], reply(200, "", body), malformed, ""})
	}
	return answers
}

func packed(text string) string {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = io.WriteString(writer, text)
	_ = writer.Close()
	return packed.String()
}
