# Flatten one JSON document: a line "path<TAB>value" for each string, number, true, false and null in it,
# such as "files.0.path<TAB>/etc/motd". Values keep escapes in the form that printf %b understands.

BEGIN { RS = "\001" }  # no such byte in JSON: the whole document is one record

{ text = $0; value("") }

function skip() { sub(/^[ \t\r\n]+/, "", text) }

function take(length_) {
    taken = substr(text, 1, length_)
    text = substr(text, length_ + 1)
    skip()
    return taken
}

function join(path, key) { return path == "" ? key : path "." key }

function value(path,    first) {
    skip()
    first = substr(text, 1, 1)
    if (first == "{") object(path)
    else if (first == "[") array(path)
    else if (first == "\"") print path "\t" string()
    else if (match(text, /^[-+.0-9a-zA-Z]+/)) print path "\t" take(RLENGTH)
    else exit 1
}

function object(path,    key) {
    take(1)
    while (substr(text, 1, 1) == "\"") {
        key = string()
        if (take(1) != ":") exit 1
        value(join(path, key))
        if (substr(text, 1, 1) == ",") take(1)
    }
    if (take(1) != "}") exit 1
}

function array(path,    count) {
    take(1)
    count = 0
    while (text != "" && substr(text, 1, 1) != "]") {
        value(join(path, count++))
        if (substr(text, 1, 1) == ",") take(1)
    }
    take(1)
}

function string(    raw) {
    if (!match(text, /^"[^"\\]*(\\.[^"\\]*)*"/)) exit 1
    raw = take(RLENGTH)
    return unescape(substr(raw, 2, length(raw) - 2))
}

function unescape(raw,    out, mark) {
    out = ""
    while (match(raw, /\\./)) {
        mark = substr(raw, RSTART + 1, 1)
        out = out substr(raw, 1, RSTART - 1)
        raw = substr(raw, RSTART + 2)
        if (mark == "u") {
            out = out utf8(hex(substr(raw, 1, 4)))
            raw = substr(raw, 5)
        } else if (mark == "\"" || mark == "/") out = out mark
        else out = out "\\" mark
    }
    return out raw
}

function hex(digits,    number, i) {
    number = 0
    for (i = 1; i <= length(digits); i++)
        number = number * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
    return number
}

function octal(byte) { return sprintf("\\0%03o", byte) }

function utf8(code) {  # one code unit; halves of a surrogate pair come out as "?"
    if (code < 128) return octal(code)
    if (code < 2048) return octal(192 + int(code / 64)) octal(128 + code % 64)
    if (code >= 55296 && code < 57344) return "?"
    return octal(224 + int(code / 4096)) octal(128 + int(code / 64) % 64) octal(128 + code % 64)
}
