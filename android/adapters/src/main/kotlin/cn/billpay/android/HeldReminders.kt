package cn.billpay.android

import android.content.Context
import java.io.File
import java.io.FileNotFoundException
import java.io.IOException
import java.time.Instant
import org.json.JSONArray
import org.json.JSONException
import org.json.JSONObject

/**
 * What is armed, in a file that no backup copies: the system forgets its alarms with each boot and tells nobody what
 * it holds. Needs no secret. A file that cannot be read counts as empty: the next plan fills it.
 */
internal class HeldReminders(context: Context) {
    private val armed = File(context.noBackupFilesDir, "billpay.reminders")
    private val shown = File(context.noBackupFilesDir, "billpay.reminders.shown")

    fun read(): Map<String, Held> = read(armed).associateBy { it.reminder.id }

    fun write(all: Collection<Held>) = write(armed, all)

    /** Those that stand on the screen, newest last. */
    fun readShown(): List<Held> = read(shown)

    fun writeShown(all: List<Held>) = write(shown, all.takeLast(MOST_SHOWN))

    private fun read(file: File): List<Held> = try {
        val all = JSONArray(file.readText())
        (0 until all.length()).map { held(all.getJSONObject(it)) }
    } catch (_: FileNotFoundException) {
        emptyList()
    } catch (_: JSONException) {
        emptyList()
    } catch (_: IllegalArgumentException) {
        emptyList()
    }

    private fun write(file: File, all: Collection<Held>) {
        val draft = File(file.path + ".new")
        draft.outputStream().use { out ->
            out.write(JSONArray(all.map(::json)).toString().encodeToByteArray())
            out.fd.sync()
        }
        if (!draft.renameTo(file)) throw IOException("the list of reminders cannot be replaced")
    }

    private fun json(held: Held) = held.reminder.run {
        JSONObject().put("id", id).put("subject", subject).put("at", at.toEpochMilli()).put("kind", kind.name)
            .put("text", json(text)).put("redacted", json(redacted)).put("checking", json(checking))
            .put("lock", onLockScreen.name).put("exact", held.exact)
    }

    private fun json(text: ReminderText) = JSONArray(listOf(text.title, text.body))

    private fun held(json: JSONObject) = Held(
        Reminder(
            id = json.getString("id"),
            subject = json.getString("subject"),
            at = Instant.ofEpochMilli(json.getLong("at")),
            kind = ReminderKind.valueOf(json.getString("kind")),
            text = text(json.getJSONArray("text")),
            redacted = text(json.getJSONArray("redacted")),
            checking = text(json.getJSONArray("checking")),
            onLockScreen = OnLockScreen.valueOf(json.getString("lock")),
        ),
        exact = json.getBoolean("exact"),
    )

    private fun text(json: JSONArray) = ReminderText(json.getString(0), json.getString(1))

    private companion object {
        const val MOST_SHOWN = 100
    }
}

/** An item for which the system holds an alarm, or did before it was started anew. */
internal class Held(val reminder: Reminder, val exact: Boolean)
