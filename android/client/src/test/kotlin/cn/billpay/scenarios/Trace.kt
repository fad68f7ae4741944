package cn.billpay.scenarios

import java.time.Instant
import java.time.LocalDate

/** The lines of a step by key; see tests/scenarios/README.md. */
internal class Lines {
    /** A text, or a kind with the value that it stands for. */
    val shown = java.util.TreeMap<String, Pair<String?, String>>()

    fun with(key: String, value: Any?): Lines = apply {
        val text = value?.toString().orEmpty()
        if (text.isNotEmpty()) shown[key] = null to text
    }

    fun id(key: String, kind: String, value: String): Lines = apply { shown[key] = kind to value }

    fun time(key: String, value: Instant?): Lines = apply { if (value != null) id(key, "time", "$value") }

    fun date(key: String, value: LocalDate?): Lines = apply { if (value != null) id(key, "date", "$value") }

    fun list(name: String, all: List<Lines>): Lines = apply {
        shown[name] = null to "${all.size}"
        all.forEachIndexed { nth, lines -> lines.shown.forEach { (key, value) -> shown["$name.$nth.$key"] = value } }
    }
}

/** What was replaced, and the text so far. */
internal class Trace(name: String) {
    private val symbols = mutableMapOf<Pair<String, String>, String>()
    private val values = mutableMapOf<String, String>()
    private val text = StringBuilder("# $name\n")

    /** Writes a step, and gives its lines as they were written. */
    fun step(heading: String, lines: Lines): Map<String, String> {
        text.append(heading).append('\n')
        return lines.shown.mapValues { (key, shown) ->
            val (kind, value) = shown
            val written = if (kind == null) value.replace("\\", "\\\\").replace("\n", "\\n") else symbol(kind, value)
            text.append("  $key: $written\n")
            written
        }
    }

    private fun symbol(kind: String, value: String): String = symbols.getOrPut(kind to value) {
        "$kind#${symbols.keys.count { it.first == kind } + 1}".also { values[it] = value }
    }

    fun value(symbol: String): String = checkNotNull(values[symbol]) { "$symbol has not appeared yet" }

    override fun toString(): String = text.toString()
}
