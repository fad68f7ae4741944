package cn.billpay.android

import android.content.Context
import android.net.ConnectivityManager
import android.net.Network
import android.net.NetworkCapabilities
import cn.billpay.BillPay
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch

/**
 * Tells the library when the network comes back: what is in doubt is asked about at once. Watches until it is
 * closed; whoever closes the profile closes it first.
 */
public class NetworkWatch(
    context: Context,
    /** Where the telling runs. */
    private val scope: CoroutineScope,
    /** What to do at each return. */
    private val returned: suspend () -> Unit,
) : AutoCloseable {
    /** Watches on behalf of a profile. */
    public constructor(context: Context, scope: CoroutineScope, profile: BillPay) :
        // It may be suspended; then it asks by itself when it comes back.
        this(context, scope, { profile.networkReturned() })

    private val manager = checkNotNull(context.getSystemService(ConnectivityManager::class.java))
    private val edge = ReturnEdge()
    private val callback = object : ConnectivityManager.NetworkCallback() {
        override fun onCapabilitiesChanged(network: Network, can: NetworkCapabilities) =
            heard(can.hasCapability(NetworkCapabilities.NET_CAPABILITY_VALIDATED))

        override fun onLost(network: Network) = heard(false)
    }

    init {
        // A phone without any network tells nothing at first; its first network is a return.
        edge.isReturn(manager.activeNetwork != null)
        manager.registerDefaultNetworkCallback(callback)
    }

    override fun close() {
        manager.unregisterNetworkCallback(callback)
    }

    private fun heard(online: Boolean) {
        if (edge.isReturn(online)) scope.launch { returned() }
    }
}

/** Tells the return of the network from its being there: the first answer of a watch is no return. */
internal class ReturnEdge {
    private var away = false

    @Synchronized
    fun isReturn(online: Boolean): Boolean {
        val returns = away && online
        away = !online
        return returns
    }
}
