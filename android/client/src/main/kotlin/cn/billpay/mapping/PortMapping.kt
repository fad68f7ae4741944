package cn.billpay

import cn.billpay.generated.Configuration as RawConfiguration
import cn.billpay.generated.DeviceSigner as RawDeviceSigner
import cn.billpay.generated.KeyRole as RawKeyRole
import cn.billpay.generated.KeyStoreException as RawKeyStoreException
import cn.billpay.generated.LogLevel as RawLogLevel
import cn.billpay.generated.LogSink as RawLogSink
import cn.billpay.generated.SecretStore as RawSecretStore
import cn.billpay.generated.SecurityLevel as RawSecurityLevel

/** What the app implements, as the library calls it. */
internal class SecretStorePort(private val store: SecretStore) : RawSecretStore {
    override fun get(name: String): ByteArray? = toRaw { store.get(name) }

    override fun put(name: String, secret: ByteArray) = toRaw { store.put(name, secret) }

    override fun delete(name: String) = toRaw { store.delete(name) }

    override fun securityLevel(): RawSecurityLevel = toRaw { store.securityLevel().toRaw() }
}

internal class DeviceSignerPort(private val signer: DeviceSigner) : RawDeviceSigner {
    override fun create(role: RawKeyRole): ByteArray = toRaw { signer.create(role.toPublic()) }

    override fun publicKey(role: RawKeyRole): ByteArray? = toRaw { signer.publicKey(role.toPublic()) }

    override fun sign(role: RawKeyRole, message: ByteArray): ByteArray = toRaw { signer.sign(role.toPublic(), message) }

    override fun securityLevel(): RawSecurityLevel = toRaw { signer.securityLevel().toRaw() }
}

internal class LogSinkPort(private val sink: LogSink) : RawLogSink {
    // What a sink throws must not reach the library, whose log is the last place to report it to.
    override fun log(level: RawLogLevel, line: String) {
        runCatching { sink.log(level.toPublic(), line) }
    }
}

/** A declared exception by its name; an undeclared one passes, and arrives by the name of its class alone. */
private inline fun <T> toRaw(work: () -> T): T = try {
    work()
} catch (refused: KeyStoreException) {
    throw when (refused) {
        is KeyStoreException.Locked -> RawKeyStoreException.Locked()
        is KeyStoreException.Lost -> RawKeyStoreException.Lost()
        is KeyStoreException.Ambiguous -> RawKeyStoreException.Ambiguous()
        is KeyStoreException.Cancelled -> RawKeyStoreException.Cancelled()
        is KeyStoreException.Failed -> RawKeyStoreException.Failed(refused.reason.wellFormed())
    }
} catch (broken: Error) {
    // An Error would be lost between the two languages, and a put that failed would count as done.
    throw RawKeyStoreException.Failed("undeclared exception ${broken.javaClass.name}")
}

internal fun Configuration.toRaw(): RawConfiguration = RawConfiguration(
    profile = profile.wellFormed(),
    connection = connection.wellFormed(),
    clientVersion = clientVersion.wellFormed(),
    deviceName = deviceName.wellFormed(),
    language = language.toRaw(),
    zone = zone.id,
)
