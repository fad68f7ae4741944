package cn.billpay.android

import android.os.Build
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import cn.billpay.KeyStoreException
import java.security.UnrecoverableKeyException
import android.security.KeyStoreException as SystemRefusal

/**
 * What Android's key store throws, as the errors of the ports. What merely cannot be read now is never *lost*:
 * that would lead to new keys.
 */
internal inline fun <T> asPort(doing: String, work: () -> T): T = try {
    work()
} catch (declared: KeyStoreException) {
    throw declared
} catch (met: Exception) {
    throw portError(met, doing)
}

internal fun portError(met: Throwable, doing: String): KeyStoreException {
    if (met is InterruptedException) Thread.currentThread().interrupt()
    for (cause in generateSequence(met) { it.cause }.take(MOST_CAUSES)) {
        meaning(cause)?.let { return it }
    }
    // Names only: nobody has promised that a message holds no secret.
    val names = generateSequence(met) { it.cause }.take(MOST_CAUSES).joinToString(" < ") { it.javaClass.name }
    return KeyStoreException.Failed("$doing: $names")
}

private fun meaning(cause: Throwable): KeyStoreException? = when {
    cause is KeyPermanentlyInvalidatedException -> KeyStoreException.Lost()
    // The key store keeps this message of the exception above and drops its type when it is asked for a key.
    cause is UnrecoverableKeyException && cause.cause == null && cause.message == INVALIDATED -> KeyStoreException.Lost()
    cause is UserNotAuthenticatedException -> KeyStoreException.Locked()
    Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU -> numbered(cause)
    else -> null
}

@Above26(Build.VERSION_CODES.TIRAMISU)
private fun numbered(cause: Throwable): KeyStoreException? = when ((cause as? SystemRefusal)?.numericErrorCode) {
    SystemRefusal.ERROR_USER_AUTHENTICATION_REQUIRED, SystemRefusal.ERROR_KEYSTORE_UNINITIALIZED -> KeyStoreException.Locked()
    SystemRefusal.ERROR_KEY_DOES_NOT_EXIST, SystemRefusal.ERROR_KEY_CORRUPTED -> KeyStoreException.Lost()
    else -> null
}

private const val MOST_CAUSES = 8
private const val INVALIDATED = "User changed or deleted their auth credentials"
