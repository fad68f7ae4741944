package cn.billpay.android

import android.content.Context
import cn.billpay.RemindedBill
import cn.billpay.Reminder
import cn.billpay.ReminderId
import cn.billpay.ReminderKind
import java.io.File
import java.io.FileNotFoundException
import java.io.IOException
import java.time.Instant
import org.json.JSONArray
import org.json.JSONException
import org.json.JSONObject

/**
 * What may be armed, with its words, and what was seen: two files that no backup copies and that need no secret, for
 * they are read when an alarm goes off on a locked phone. One that cannot be read counts as empty: the next plan fills
 * it. Writing throws [IOException], and what was there is there.
 */
internal class HeldReminders(context: Context) {
    private val armed = File(context.noBackupFilesDir, "billpay.reminders")
    private val seen = File(context.noBackupFilesDir, "billpay.reminders.seen")

    /** By id. */
    fun read(): Map<ReminderId, Held> = read(armed) { held(getJSONObject(it)) }.associateBy { it.reminder.id }

    fun write(all: Collection<Held>) = write(armed, JSONArray(all.map(::json)))

    /** Shown since the library was last told. */
    fun readSeen(): Set<Seen> = read(seen) { getJSONObject(it).run { Seen(ReminderId(getString("id")), getBoolean("checking")) } }.toSet()

    fun writeSeen(all: Set<Seen>) {
        if (all != readSeen()) write(seen, JSONArray(all.map { JSONObject().put("id", it.id.value).put("checking", it.checking) }))
    }

    /** Nothing of either is left. */
    fun delete() {
        for (file in listOf(armed, seen)) {
            for (each in listOf(file, draft(file))) {
                if (!each.delete() && each.exists()) throw IOException("the list of reminders cannot be removed")
            }
        }
    }

    private fun <T> read(file: File, item: JSONArray.(Int) -> T): List<T> = try {
        JSONArray(file.readText()).run { (0 until length()).map { item(it) } }
    } catch (_: FileNotFoundException) {
        emptyList()
    } catch (_: JSONException) {
        emptyList()
    } catch (_: IllegalArgumentException) {
        emptyList()
    }

    private fun write(file: File, all: JSONArray) {
        val draft = draft(file)
        draft.outputStream().use { out ->
            out.write(all.toString().encodeToByteArray())
            out.fd.sync()
        }
        if (!draft.renameTo(file)) throw IOException("the list of reminders cannot be replaced")
    }

    private fun draft(file: File) = File(file.path + ".new")

    private fun json(held: Held) = held.reminder.run {
        JSONObject().put("id", id.value).put("bill", bill?.value).put("at", at.toEpochMilli()).put("kind", kind.name)
            .put("days", days).put("pay", pay).put("late", late).put("title", title).put("body", body).put("mark", mark)
            .put("settled", held.settled).put("exact", held.exact)
    }

    private fun held(json: JSONObject) = Held(
        Reminder(
            id = ReminderId(json.getString("id")),
            bill = if (json.has("bill")) RemindedBill(json.getString("bill")) else null,
            at = Instant.ofEpochMilli(json.getLong("at")),
            kind = ReminderKind.valueOf(json.getString("kind")),
            days = json.getInt("days"),
            pay = json.getBoolean("pay"),
            late = json.getBoolean("late"),
            title = json.getString("title"),
            body = json.getString("body"),
            mark = json.getString("mark"),
        ),
        settled = json.getBoolean("settled"),
        exact = json.getBoolean("exact"),
    )
}

/** One that was asked of the system. */
internal class Held(
    val reminder: Reminder,
    /** The system took it. Until that is written it may hold this one, an earlier one of the same id, or none. */
    val settled: Boolean,
    /** To the minute. */
    val exact: Boolean,
)

/** One that was shown, and whether it said that a payment is being checked. */
internal data class Seen(val id: ReminderId, val checking: Boolean)
