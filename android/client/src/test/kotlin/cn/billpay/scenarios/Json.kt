package cn.billpay.scenarios

/** Reads JSON: objects as maps, arrays as lists, numbers as `Long`. As much of it as the stories use; else it throws. */
internal class Json private constructor(private val text: String) {
    private var at = 0

    private fun value(): Any? = when (val next = peek()) {
        '{' -> members('}') { string() to value() }.toMap()
        '[' -> members(']') { value() }
        '"' -> string()
        else -> word(next)
    }

    private fun <T> members(end: Char, one: () -> T): List<T> {
        at++
        val all = mutableListOf<T>()
        while (peek() != end) {
            if (all.isNotEmpty()) expect(',')
            all += one()
        }
        at++
        return all
    }

    private fun string(): String {
        expect('"')
        val read = StringBuilder()
        while (text[at] != '"') {
            val next = text[at++]
            if (next != '\\') read.append(next) else read.append(escaped())
        }
        at++
        // The name of a member.
        if (at < text.length && peek() == ':') at++
        return read.toString()
    }

    private fun escaped(): Char = when (val kind = text[at++]) {
        '"', '\\', '/' -> kind
        'n' -> '\n'
        't' -> '\t'
        'u' -> text.substring(at, at + 4).toInt(16).toChar().also { at += 4 }
        else -> error("\\$kind")
    }

    private fun word(first: Char): Any? {
        val start = at
        while (at < text.length && (text[at].isLetterOrDigit() || text[at] == '-')) at++
        return when (val word = text.substring(start, at)) {
            "true" -> true
            "false" -> false
            "null" -> null
            else -> word.toLongOrNull() ?: error("$first at $start: $word")
        }
    }

    private fun peek(): Char {
        while (text[at].isWhitespace()) at++
        return text[at]
    }

    private fun expect(wanted: Char) {
        check(peek() == wanted) { "$wanted at $at" }
        at++
    }

    companion object {
        fun read(text: String): Any? = Json(text).value()

        fun write(value: Any?): String = when (value) {
            is Map<*, *> -> value.entries.joinToString(",", "{", "}") { "${write(it.key)}:${write(it.value)}" }
            is List<*> -> value.joinToString(",", "[", "]") { write(it) }
            is String -> "\"${value.replace("\\", "\\\\").replace("\"", "\\\"")}\""
            else -> value.toString()
        }
    }
}
