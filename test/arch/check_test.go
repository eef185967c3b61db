package arch_test

import (
	"fmt"
	"slices"
	"strings"
)

const module = "simplest_script"

// layer is a row of the table; its lists are words separated by spaces.
type layer struct{ name, rooms, imports string }

// library is a module that only some rooms, or all rooms of some layers, may import.
type library struct{ path, rooms, layers string }

// pkg is a package as `go list -json` prints it.
type pkg struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// check returns one sentence per wrong arrow of p.
func check(p pkg) []string {
	from := short(p.ImportPath)
	home, ok := layerOf(from)
	if !ok {
		return []string{unlisted(from)}
	}
	var wrong []string
	for _, path := range p.Imports {
		wrong = append(wrong, arrow(home, from, path)...)
	}
	for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
		wrong = append(wrong, testArrow(home, from, path)...)
	}
	slices.Sort(wrong)
	return slices.Compact(wrong)
}

// arrow judges one import of code that is not a test.
func arrow(home layer, from, path string) []string {
	if !ours(path) {
		return outside(home, from, path)
	}
	to := short(path)
	target, ok := layerOf(to)
	switch {
	case !ok:
		return []string{unlisted(to)}
	case listed(home.imports, target.name) || target.name == home.name && sameRoom(home, from, to):
		return nil
	}
	return []string{fmt.Sprintf("%s imports %s: %s may import [%s], not %s",
		from, to, home.name, home.imports, target.name)}
}

// testArrow judges one import of a test: it may reach anything but the business
// from the machine, which a team replaces by its own.
func testArrow(home layer, from, path string) []string {
	if !ours(path) || home.name == "business" || home.name == "board" || home.name == "tests" {
		return nil
	}
	if target, ok := layerOf(short(path)); ok && target.name == "business" {
		return []string{fmt.Sprintf("a test of %s imports %s: the machine knows no business", from, short(path))}
	}
	return nil
}

// outside judges the import of a package that is not ours.
func outside(home layer, from, path string) []string {
	if home.name == "tests" || !strings.Contains(strings.Split(path, "/")[0], ".") {
		return nil // the standard library
	}
	if home.name == "contracts" {
		return []string{fmt.Sprintf("%s imports %s: contracts import the standard library only", from, path)}
	}
	for _, l := range libraries {
		if path != l.path && !strings.HasPrefix(path, l.path+"/") {
			continue
		}
		if !anyMatch(l.rooms, from) && !listed(l.layers, home.name) {
			return []string{fmt.Sprintf("%s imports %s: only [%s] may", from, path, strings.TrimSpace(l.rooms+" "+l.layers))}
		}
	}
	return nil
}

func unlisted(room string) string {
	return fmt.Sprintf("%s is in no layer: add its room to the table in test/arch/table_test.go", room)
}

// layerOf finds the layer of a room. A package with a name like storetest serves
// tests, wherever it lies, as httptest does.
func layerOf(room string) (layer, bool) {
	if strings.HasSuffix(room, "test") {
		room = "test/" + room
	}
	for _, l := range layers {
		if anyMatch(l.rooms, room) {
			return l, true
		}
	}
	return layer{}, false
}

// sameRoom tells whether two packages of a layer are in the same room of it.
func sameRoom(l layer, a, b string) bool {
	return slices.ContainsFunc(strings.Fields(l.rooms), func(room string) bool {
		return match(room, a) && match(room, b)
	})
}

func anyMatch(rooms, path string) bool {
	return slices.ContainsFunc(strings.Fields(rooms), func(room string) bool { return match(room, path) })
}

func match(room, path string) bool {
	root, deep := strings.CutSuffix(room, "/...")
	return path == root || deep && strings.HasPrefix(path, root+"/")
}

func listed(words, word string) bool { return slices.Contains(strings.Fields(words), word) }

func ours(path string) bool { return path == module || strings.HasPrefix(path, module+"/") }

// short is a path without the module's name; the module's root is a dot.
func short(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}
