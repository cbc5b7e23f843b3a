package latchkeyrules

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// The bounds of the server.
const (
	expressionCharsMax = 1024
	expressionTermsMax = 64
	permissionCharsMax = 128
)

// Permissions is a demand that was read once, to ask it of many.
type Permissions struct{ met func(held []string) bool }

// ParsePermissions reads a demand such as "a.read and (b.write or not c)". The error says what is wrong with one that is no
// expression.
func ParsePermissions(demand string) (Permissions, error) {
	if len(utf16.Encode([]rune(demand))) > expressionCharsMax {
		return Permissions{}, fmt.Errorf("latchkeyrules: the expression is longer than %d characters", expressionCharsMax)
	}
	words := wordsOf(demand)
	if len(words) > expressionTermsMax {
		return Permissions{}, fmt.Errorf("latchkeyrules: the expression has more than %d names and operators", expressionTermsMax)
	}
	reader := &reader{words: words}
	met, err := reader.either()
	if err == nil && reader.next < len(words) {
		err = reader.wrong("nothing")
	}
	return Permissions{met}, err
}

// MetBy tells whether somebody who holds these permissions meets the demand. A * of a held permission stands for one segment,
// and as the last one for one or more. The zero demand is met by nobody.
func (p Permissions) MetBy(held []string) bool { return p.met != nil && p.met(held) }

func wordsOf(demand string) []string {
	var words []string
	start := -1
	end := func(index int) {
		if start >= 0 {
			words = append(words, demand[start:index])
		}
		start = -1
	}
	for index, char := range demand {
		switch {
		case char == '(' || char == ')':
			end(index)
			words = append(words, string(char))
		case isSpace(char):
			end(index)
		case start < 0:
			start = index
		}
	}
	end(len(demand))
	return words
}

// isSpace is white space as the server has it.
func isSpace(char rune) bool {
	return char == '\ufeff' || (char != '\u0085' && unicode.IsSpace(char))
}

type demand = func(held []string) bool

// reader goes through the words of an expression: or binds less than and, and that less than not.
type reader struct {
	words []string
	next  int
}

func (r *reader) either() (demand, error) {
	return r.joined("or", r.both, func(one, other bool) bool { return one || other })
}

func (r *reader) both() (demand, error) {
	return r.joined("and", r.single, func(one, other bool) bool { return one && other })
}

func (r *reader) joined(word string, part func() (demand, error), join func(one, other bool) bool) (demand, error) {
	left, err := part()
	for err == nil && r.take(word) {
		one := left
		var other demand
		other, err = part()
		left = func(held []string) bool { return join(one(held), other(held)) }
	}
	return left, err
}

func (r *reader) single() (demand, error) {
	if r.take("not") {
		denied, err := r.single()
		return func(held []string) bool { return !denied(held) }, err
	}
	if r.take("(") {
		inner, err := r.either()
		if err == nil && !r.take(")") {
			err = r.wrong(`")"`)
		}
		return inner, err
	}
	if r.next == len(r.words) || !isPermission(r.words[r.next]) {
		return nil, r.wrong("a permission")
	}
	name := strings.Split(r.words[r.next], ".")
	r.next++
	return func(held []string) bool {
		return slices.ContainsFunc(held, func(pattern string) bool { return gives(strings.Split(pattern, "."), name) })
	}, nil
}

func (r *reader) take(word string) bool {
	is := r.next < len(r.words) && strings.ToLower(r.words[r.next]) == word
	if is {
		r.next++
	}
	return is
}

func (r *reader) wrong(expected string) error {
	found := "it ends"
	if r.next < len(r.words) {
		word := r.words[r.next]
		found = fmt.Sprintf("there is %q", word[:min(len(word), permissionCharsMax)])
	}
	return fmt.Errorf("latchkeyrules: the permission expression is wrong: %s where %s was expected", found, expected)
}

func isPermission(word string) bool {
	if len(word) > permissionCharsMax || slices.Contains([]string{"and", "or", "not"}, strings.ToLower(word)) {
		return false
	}
	for _, segment := range strings.Split(word, ".") {
		if segment == "" || strings.ContainsFunc(segment, func(char rune) bool { return !isSegment(char) }) {
			return false
		}
	}
	return true
}

func isSegment(char rune) bool { return isAlphanumeric(char) || strings.ContainsRune("_:-", char) }

func gives(pattern, name []string) bool {
	open := pattern[len(pattern)-1] == "*"
	if len(name) < len(pattern) || (!open && len(name) != len(pattern)) {
		return false
	}
	for index, segment := range pattern {
		if segment != "*" && segment != name[index] {
			return false
		}
	}
	return true
}
