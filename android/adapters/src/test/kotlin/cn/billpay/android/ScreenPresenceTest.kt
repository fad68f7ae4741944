package cn.billpay.android

import android.app.Activity
import android.app.KeyguardManager
import android.content.Context
import android.os.Looper
import cn.billpay.KeyStoreException
import cn.billpay.Language
import java.security.Signature
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowBiometricPrompt

@RunWith(RobolectricTestRunner::class)
class ScreenPresenceTest {
    private val context: Context get() = RuntimeEnvironment.getApplication()
    private val operation: Signature = Signature.getInstance("SHA256withECDSA", "BC")
    private val activity: Activity = Robolectric.buildActivity(BankActivity::class.java).setup().get()

    /** Asks from a background thread, as the library does. */
    private fun ask(operation: Signature?, presence: OrderPresence = OrderPresence.SCREEN_LOCK): CompletableFuture<Unit> {
        val answer = CompletableFuture<Unit>()
        kotlin.concurrent.thread {
            runCatching { ScreenPresence(Language.ZH) { activity }.confirm(operation, presence) }
                .fold(answer::complete, answer::completeExceptionally)
        }
        return answer
    }

    /** Lets the main thread work until it holds. */
    private fun until(holds: () -> Boolean) {
        val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30)
        while (!holds()) {
            check(System.nanoTime() < end) { "it did not come" }
            shadowOf(Looper.getMainLooper()).idle()
            Thread.onSpinWait()
        }
    }

    private fun refusal(answer: CompletableFuture<Unit>): Throwable? =
        assertThrows(ExecutionException::class.java) { answer.get(30, TimeUnit.SECONDS) }.cause

    private fun promptIsThere() = runCatching { ShadowBiometricPrompt.getCurrentPrompt() }.getOrNull() != null

    @Test
    fun `the prompt's yes is an answer`() {
        for (presence in OrderPresence.entries) {
            val answer = ask(operation, presence)
            until(::promptIsThere)
            ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully()
            until(answer::isDone)
            answer.get()
        }
    }

    @Test
    fun `a finger that is not recognised is no answer yet`() {
        val answer = ask(operation)
        until(::promptIsThere)
        ShadowBiometricPrompt.failCurrentSessionOnce()
        shadowOf(Looper.getMainLooper()).idle()
        assertTrue(!answer.isDone)
        ShadowBiometricPrompt.authenticateCurrentSessionSuccessfully()
        until(answer::isDone)
        answer.get()
    }

    @Test
    fun `each way of saying no has its meaning`() {
        // The numbers are BiometricPrompt's.
        val meanings = mapOf(
            10 to KeyStoreException.Cancelled::class, 5 to KeyStoreException.Cancelled::class, 3 to KeyStoreException.Cancelled::class,
            13 to KeyStoreException.Cancelled::class, 7 to KeyStoreException.Locked::class, 9 to KeyStoreException.Locked::class,
            11 to KeyStoreException.Lost::class, 14 to KeyStoreException.Lost::class, 1 to KeyStoreException.Failed::class,
            99 to KeyStoreException.Failed::class,
        )
        for ((code, meaning) in meanings) {
            val answer = ask(operation)
            until(::promptIsThere)
            ShadowBiometricPrompt.authenticateCurrentSessionWithError(code, "said")
            until(answer::isDone)
            assertEquals("$code", meaning, refusal(answer)!!::class)
        }
    }

    @Test
    fun `with no screen of the app's nobody can be asked`() {
        val answer = CompletableFuture<Unit>()
        kotlin.concurrent.thread {
            runCatching { ScreenPresence(Language.EN) { null }.confirm(operation, OrderPresence.SCREEN_LOCK) }
                .fold(answer::complete, answer::completeExceptionally)
        }
        assertTrue(refusal(answer) is KeyStoreException.Locked)
    }

    @Test
    fun `the main thread is never made to wait`() {
        assertThrows(IllegalStateException::class.java) {
            ScreenPresence(Language.EN) { activity }.confirm(operation, OrderPresence.SCREEN_LOCK)
        }
    }

    private fun lockScreenPage(): org.robolectric.android.controller.ActivityController<ConfirmActivity> {
        until { shadowOf(activity).peekNextStartedActivity() != null }
        val page = Robolectric.buildActivity(ConfirmActivity::class.java, shadowOf(activity).nextStartedActivity).create()
        assertNotNull(shadowOf(page.get()).peekNextStartedActivityForResult())
        return page
    }

    private fun locked(now: Boolean) = shadowOf(context.getSystemService(KeyguardManager::class.java)).run {
        setIsDeviceSecure(now)
        setIsKeyguardSecure(now)
    }

    private fun answerOfThePage(result: Int): CompletableFuture<Unit> {
        locked(true)
        val answer = ask(null)
        val page = lockScreenPage()
        val asked = shadowOf(page.get()).nextStartedActivityForResult
        shadowOf(page.get()).receiveResult(asked.intent, result, null)
        assertTrue(page.get().isFinishing)
        return answer
    }

    @Test
    fun `the screen lock's page says yes for the person`() {
        answerOfThePage(Activity.RESULT_OK).get(30, TimeUnit.SECONDS)
    }

    @Test
    fun `the screen lock's page says no for the person`() {
        assertTrue(refusal(answerOfThePage(Activity.RESULT_CANCELED)) is KeyStoreException.Cancelled)
    }

    @Test
    fun `a page that goes away is a no, and nobody waits for ever`() {
        locked(true)
        val answer = ask(null)
        val page = lockScreenPage()
        page.get().finish()
        page.destroy()
        assertTrue(refusal(answer) is KeyStoreException.Cancelled)
    }

    @Test
    fun `without a screen lock the key that asks for it is gone`() {
        locked(false)
        assertTrue(refusal(ask(null)) is KeyStoreException.Lost)
    }

    @Test
    fun `another app's call of the page opens nothing`() {
        val strange = android.content.Intent(context, ConfirmActivity::class.java).putExtra("cn.billpay.android.page", android.content.Intent("x"))
        val page = Robolectric.buildActivity(ConfirmActivity::class.java, strange).create().get()
        assertTrue(page.isFinishing)
        assertEquals(null, shadowOf(page).peekNextStartedActivityForResult())
    }
}
