package cn.billpay

import com.example.bank.Screen
import com.example.bank.firstBill
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import kotlin.io.path.readText

/** What docs/embedding.md shows is what runs here (features row 87). */
class EmbeddingTest {
    @TempDir
    lateinit var folder: Path

    private val project = Path.of(System.getProperty("basedir"))

    @Test
    fun `the listing of the page is this source, to the letter`() {
        val page = project.resolve("../../docs/embedding.md").readText()
        val listings = Regex("```kotlin\n(package .*?)```", RegexOption.DOT_MATCHES_ALL).findAll(page).map { it.groupValues[1] }
        val source = project.resolve("src/test/kotlin/com/example/bank/FirstBill.kt").readText()
        assertEquals(listOf(source), listings.toList())
    }

    @Test
    fun `the listing takes an empty app to a paid bill`() = runBlocking {
        Sandbox.start(folder.resolve("bank")).use { sandbox ->
            val phone = Phone(folder, sandbox.connection)
            val said = mutableListOf<String>()
            val person = object : Screen {
                override suspend fun ask(question: String): String = when {
                    "phone" in question -> PHONE_NUMBER
                    "code" in question -> sandbox.code()
                    else -> POWER_NUMBER
                }

                override suspend fun agrees(statement: String): Boolean = said.add(statement)
            }
            val payment = firstBill(phone.configuration, phone.secrets, phone.signer, person)
            assertEquals(PaymentState.Settled, payment?.state)
            assertEquals("Pay ${payment?.total} to ${payment?.payee}?", said.last())
        }
    }
}
