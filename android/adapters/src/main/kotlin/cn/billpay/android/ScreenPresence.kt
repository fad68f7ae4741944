package cn.billpay.android

import android.app.Activity
import android.app.KeyguardManager
import android.hardware.biometrics.BiometricManager.Authenticators
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.os.CancellationSignal
import android.os.Looper
import cn.billpay.KeyStoreException
import cn.billpay.Language
import java.security.Signature
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException

/**
 * A [Presence] of the system's own dialogs: the biometric prompt, and before Android 11 the screen lock's page.
 *
 * What is being paid stands on the app's screen behind the dialog, made from the order; the dialog says only that it
 * is a payment.
 */
public class ScreenPresence(
    private val language: Language,
    /** The activity in the foreground, or `null` where there is none: nobody can be asked then. */
    private val foreground: () -> Activity?,
) : Presence {
    override fun confirm(operation: Signature?, presence: OrderPresence) {
        check(Looper.myLooper() != Looper.getMainLooper()) { "the main thread cannot wait for the person" }
        val activity = foreground() ?: throw KeyStoreException.Locked()
        val answer = when {
            operation == null -> askForScreenLock(activity)
            Build.VERSION.SDK_INT >= Build.VERSION_CODES.P -> prompt(activity, operation, presence)
            else -> throw KeyStoreException.Failed("orders by fingerprint or face need Android 9")
        }
        try {
            answer.get()
        } catch (refused: ExecutionException) {
            throw refused.cause as? KeyStoreException ?: KeyStoreException.Failed("ask: ${refused.cause?.javaClass?.name}")
        }
    }

    private fun askForScreenLock(activity: Activity): CompletableFuture<Unit> {
        val guard = activity.getSystemService(KeyguardManager::class.java)
        @Suppress("DEPRECATION") // Its successor came with Android 9 and cannot ask for the screen lock.
        val page = guard?.createConfirmDeviceCredentialIntent(Words.confirmTitle(language), Words.confirmBody(language))
            ?: throw KeyStoreException.Lost() // The screen lock has gone, and with it the key.
        return ConfirmActivity.ask(activity, page)
    }

    @Above26(Build.VERSION_CODES.P)
    private fun prompt(activity: Activity, operation: Signature, presence: OrderPresence): CompletableFuture<Unit> {
        val answer = CompletableFuture<Unit>()
        val main = activity.mainExecutor
        val builder = BiometricPrompt.Builder(activity).setTitle(Words.confirmTitle(language))
        builder.setDescription(Words.confirmBody(language))
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R && presence == OrderPresence.SCREEN_LOCK) {
            allowScreenLock(builder)
        } else {
            builder.setNegativeButton(Words.cancel(language), main, Refusing(answer))
        }
        main.execute(Asking(builder.build(), BiometricPrompt.CryptoObject(operation), main, answer))
        return answer
    }

    @Above26(Build.VERSION_CODES.R)
    private fun allowScreenLock(builder: BiometricPrompt.Builder) {
        builder.setAllowedAuthenticators(Authenticators.BIOMETRIC_STRONG or Authenticators.DEVICE_CREDENTIAL)
    }
}

private class Refusing(private val answer: CompletableFuture<Unit>) : android.content.DialogInterface.OnClickListener {
    override fun onClick(dialog: android.content.DialogInterface?, which: Int) {
        answer.completeExceptionally(KeyStoreException.Cancelled())
    }
}

@Above26(Build.VERSION_CODES.P)
private class Asking(
    private val prompt: BiometricPrompt,
    private val operation: BiometricPrompt.CryptoObject,
    private val main: java.util.concurrent.Executor,
    private val answer: CompletableFuture<Unit>,
) : Runnable {
    override fun run() {
        try {
            prompt.authenticate(operation, CancellationSignal(), main, Answering(answer))
        } catch (met: RuntimeException) {
            answer.completeExceptionally(portError(met, "ask"))
        }
    }
}

@Above26(Build.VERSION_CODES.P)
private class Answering(private val answer: CompletableFuture<Unit>) : BiometricPrompt.AuthenticationCallback() {
    override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult?) {
        answer.complete(Unit)
    }

    // A finger that was not recognised may be tried again: only this ends the dialog.
    override fun onAuthenticationError(code: Int, text: CharSequence?) {
        answer.completeExceptionally(refusal(code))
    }
}

/** The numbers of BiometricPrompt, of which later versions of Android have more. */
internal fun refusal(code: Int): KeyStoreException = when (code) {
    3, 5, 10, 13 -> KeyStoreException.Cancelled() // TIMEOUT, CANCELED, USER_CANCELED, NEGATIVE_BUTTON
    7, 9 -> KeyStoreException.Locked() // LOCKOUT, LOCKOUT_PERMANENT: the screen lock opens it
    11, 14 -> KeyStoreException.Lost() // NO_BIOMETRICS, NO_DEVICE_CREDENTIAL: what the key asks for has gone
    else -> KeyStoreException.Failed("ask: biometric error $code")
}
