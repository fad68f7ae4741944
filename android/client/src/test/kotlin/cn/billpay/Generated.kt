package cn.billpay

import cn.billpay.generated.ClientInterface
import java.lang.reflect.Modifier
import java.nio.file.FileSystems
import java.nio.file.Path
import kotlin.io.path.isDirectory
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.name

/** What the generated module says of itself: it was written from the library's own metadata. */
internal object Generated {
    private val topLevel = Class.forName("cn.billpay.generated.BillpayKt")

    /** Every export of the library: functions by name, methods with their object. */
    fun exports(): Set<String> {
        val functions = topLevel.methods.filter { Modifier.isStatic(it.modifiers) && !it.isSynthetic }.map { it.name }
        val objects = interfaces().flatMap { type ->
            type.methods.map { "${type.simpleName.removeSuffix("Interface")}.${it.name.substringBefore('-')}" }
        }
        // The generator's own helpers stand beside what was exported.
        return (functions.filterNot { "uniffi" in it.lowercase() || it == "use" } + objects).toSet()
    }

    private fun interfaces(): List<Class<*>> {
        val place = Path.of(ClientInterface::class.java.protectionDomain.codeSource.location.toURI())
        val folder = if (place.isDirectory()) place else FileSystems.newFileSystem(place).getPath("/")
        val names = folder.resolve("cn/billpay/generated").listDirectoryEntries("*Interface.class").map { it.name }
        return names.map { Class.forName("cn.billpay.generated.${it.removeSuffix(".class")}") }.filter { it.isInterface }
    }

    /** Calls into the library that somebody still waits for. */
    fun waitingCalls(): Int {
        val map = topLevel.methods.first { it.name.startsWith("getUniffiContinuationHandleMap") }.invoke(null)
        return map.javaClass.methods.first { it.name.startsWith("getSize") }.invoke(map) as Int
    }
}
