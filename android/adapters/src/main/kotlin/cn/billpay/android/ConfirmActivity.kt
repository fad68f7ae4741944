package cn.billpay.android

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import cn.billpay.KeyStoreException
import java.util.UUID
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentHashMap

/** Opens the screen lock's page and hears its answer. Shows nothing itself, and is of no use to other apps. */
public class ConfirmActivity : Activity() {
    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        // Made anew after a turn of the phone: the page is open already.
        if (state != null) return
        @Suppress("DEPRECATION") // Its successor came with Android 13.
        val page = intent.getParcelableExtra<Intent>(PAGE)
        val ticket = intent.getStringExtra(TICKET)
        if (page == null || ticket == null || !WAITING.containsKey(ticket)) {
            finish()
            return
        }
        @Suppress("DEPRECATION") // Its successor is of androidx.
        startActivityForResult(page, 0)
    }

    @Deprecated("Android's own way of saying that there is a newer one in androidx")
    override fun onActivityResult(request: Int, result: Int, data: Intent?) {
        waiting()?.run { if (result == RESULT_OK) complete(Unit) else completeExceptionally(KeyStoreException.Cancelled()) }
        finish()
    }

    override fun onDestroy() {
        // Whoever still waits must not wait for ever.
        if (isFinishing) waiting()?.completeExceptionally(KeyStoreException.Cancelled())
        super.onDestroy()
    }

    private fun waiting(): CompletableFuture<Unit>? = intent.getStringExtra(TICKET)?.let(WAITING::remove)

    internal companion object {
        private const val TICKET = "cn.billpay.android.ticket"
        private const val PAGE = "cn.billpay.android.page"
        private val WAITING = ConcurrentHashMap<String, CompletableFuture<Unit>>()

        /** Opens [page] above [activity]; the answer comes from the person. */
        fun ask(activity: Activity, page: Intent): CompletableFuture<Unit> {
            val ticket = UUID.randomUUID().toString()
            val answer = CompletableFuture<Unit>()
            WAITING[ticket] = answer
            val asking = Intent(activity, ConfirmActivity::class.java).putExtra(TICKET, ticket).putExtra(PAGE, page)
            activity.runOnUiThread(Opening(activity, asking, ticket))
            return answer
        }

        private class Opening(val activity: Activity, val asking: Intent, val ticket: String) : Runnable {
            override fun run() {
                try {
                    activity.startActivity(asking)
                } catch (met: RuntimeException) {
                    WAITING.remove(ticket)?.completeExceptionally(portError(met, "ask"))
                }
            }
        }
    }
}
