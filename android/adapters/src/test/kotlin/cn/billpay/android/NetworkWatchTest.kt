package cn.billpay.android

import android.content.Context
import android.net.ConnectivityManager
import android.net.NetworkCapabilities
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowNetwork
import org.robolectric.shadows.ShadowNetworkCapabilities

@RunWith(RobolectricTestRunner::class)
class NetworkWatchTest {
    private val manager get() = RuntimeEnvironment.getApplication().getSystemService(ConnectivityManager::class.java)!!
    private val network = ShadowNetwork.newInstance(1)
    private var told = 0

    private fun watch(): NetworkWatch {
        val context: Context = RuntimeEnvironment.getApplication()
        return NetworkWatch(context, CoroutineScope(Dispatchers.Unconfined)) { told++ }
    }

    private fun callbacks() = shadowOf(manager).networkCallbacks

    private fun can(validated: Boolean): NetworkCapabilities = ShadowNetworkCapabilities.newInstance().also {
        if (validated) shadowOf(it).addCapability(NetworkCapabilities.NET_CAPABILITY_VALIDATED)
    }

    private fun online() = callbacks().forEach { it.onCapabilitiesChanged(network, can(validated = true)) }

    private fun offline() = callbacks().forEach { it.onLost(network) }

    @Test
    fun `a network that is there is no return, one that comes back is, each time`() {
        watch().use {
            online()
            online()
            assertEquals(0, told)
            repeat(3) {
                offline()
                online()
                online()
            }
            assertEquals(3, told)
        }
    }

    @Test
    fun `a network that leads nowhere is none until it does`() {
        watch().use {
            callbacks().forEach { it.onCapabilitiesChanged(network, can(validated = false)) }
            assertEquals(0, told)
            online()
            assertEquals(1, told)
        }
    }

    @Test
    fun `a phone that starts without a network is told of its first one`() {
        shadowOf(manager).setDefaultNetworkActive(false)
        shadowOf(manager).setActiveNetworkInfo(null)
        watch().use {
            online()
            assertEquals(1, told)
        }
    }

    @Test
    fun `a watch that is closed hears nothing more`() {
        watch().close()
        assertEquals(0, callbacks().size)
    }
}
