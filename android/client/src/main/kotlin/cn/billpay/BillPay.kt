package cn.billpay

import cn.billpay.generated.ActivationException
import cn.billpay.generated.BindingException
import cn.billpay.generated.CodeException
import cn.billpay.generated.FaultException
import cn.billpay.generated.OpenException
import cn.billpay.generated.PayException
import cn.billpay.generated.QuoteException
import cn.billpay.generated.RefreshException
import cn.billpay.generated.ViewException
import cn.billpay.generated.coreVersion
import cn.billpay.generated.openClient
import cn.billpay.generated.setLogSink
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import cn.billpay.generated.Client as RawClient

/**
 * A profile that is open: one customer's bills, payments and receipts on this device.
 *
 * Every function may be called from any dispatcher, the main one too, and blocks none. Cancelling a coroutine
 * ends its waiting and nothing else: a payment that was begun goes on to its end, which comes by [events].
 * Problems are values ([Answer]); no function throws anything but `CancellationException`.
 */
public class BillPay private constructor(private val raw: RawClient) : AutoCloseable {
    // A customer's first day.

    /** Who this device acts for, and what is under way. Never touches the network. */
    public suspend fun profile(): Answer<Profile, FaultProblem> = faulty { raw.profile().toPublic() }

    /**
     * Sends a code to the phone number. Calling it again with the same number while a code is out sends no
     * second message; [resendCode] does.
     */
    public suspend fun startActivation(phone: String): Answer<Activation, ActivationProblem> =
        activating { raw.startActivation(phone.wellFormed()).toPublic() }

    /** Sends a new code; the earlier one is void from then on. */
    public suspend fun resendCode(): Answer<Activation, ActivationProblem> = activating { raw.resendCode().toPublic() }

    /** Presents the code: with the right one this device is the customer's. */
    public suspend fun finishActivation(code: String): Answer<Profile, ActivationProblem> =
        activating { raw.finishActivation(code.wellFormed()).toPublic() }

    // Accounts.

    /** The catalogue; the one that the app was shipped with where no other can be read. */
    public suspend fun billers(): Answer<List<Biller>, FaultProblem> =
        faulty { raw.billerCatalog().map { it.toPublic() } }

    /**
     * Asks the biller whose number it is, for the person to compare. A number that cannot be one of this biller
     * is refused before the network is touched.
     */
    public suspend fun lookUpBinding(biller: BillerId, customerNumber: String): Answer<BindingEcho, BindingProblem> =
        binding { BindingEcho(raw.lookupBinding(biller.value.wellFormed(), customerNumber.wellFormed())) }

    /** Binds the number that the person has compared. Binding it twice gives the same account. */
    public suspend fun confirmBinding(echo: BindingEcho, alias: String = ""): Answer<Account, BindingProblem> =
        binding { raw.confirmBinding(echo.raw, alias.wellFormed()).toPublic() }

    /** The person has compared once more whose number it is: see [Quote.firstPayment]. */
    public suspend fun acknowledgeEcho(first: FirstPayment): Answer<Unit, BindingProblem> =
        binding { raw.acknowledgeEcho(first.account.value.wellFormed(), first.echoDigest.value.wellFormed()) }

    /** Removes a binding; its receipts stay. */
    public suspend fun unbind(account: AccountId): Answer<Account, BindingProblem> =
        binding { raw.unbind(account.value.wellFormed()).toPublic() }

    /** The bindings in force, as last heard. */
    public suspend fun accounts(): Answer<Accounts, FaultProblem> = faulty { raw.accounts().toPublic() }

    // Bills.

    /** Fetches everything that changed: billers, accounts, bills, receipts of all channels. */
    public suspend fun refresh(): Answer<Refreshed, RefreshProblem> = refreshing { raw.refresh().toPublic() }

    /** Asks the biller now for the bills of one account. */
    public suspend fun queryBills(account: AccountId): Answer<Unit, RefreshProblem> =
        refreshing { raw.queryBills(account.value.wellFormed()) }

    /** The bills of all accounts as last heard, each with its age and what a payment makes of it. */
    public suspend fun bills(): Answer<Bills, FaultProblem> = faulty { raw.bills().toPublic() }

    // Paying.

    /**
     * Asks what paying this bill would be. The amount is the bill's own where none is given, the method the
     * preferred one. No money moves here.
     */
    public suspend fun quote(
        biller: BillerId,
        billNumber: BillNumber,
        amount: Money? = null,
        method: MethodId? = null,
    ): Answer<Quote, QuoteProblem> =
        quoting {
            raw.quote(
                biller = biller.value.wellFormed(),
                billNumber = billNumber.value.wellFormed(),
                amount = amount?.raw?.run { copy(currency = currency.wellFormed()) },
                method = method?.value?.wellFormed(),
            ).toPublic()
        }

    /**
     * Takes up a quote: signs the order and pays it. Answers what is known after at most 15 s; a payment that
     * is still [PaymentState.Checking] then goes on, and its end comes as an event.
     */
    public suspend fun pay(quote: QuoteId): Answer<Payment, PayProblem> =
        paying { raw.pay(quote.value.wellFormed()).toPublic() }

    /** Has a code sent for a quote that asks for one. It is good for this one order. */
    public suspend fun askPaymentCode(quote: QuoteId): Answer<SentCode, CodeProblem> = try {
        Answer.Success(raw.askPaymentCode(quote.value.wellFormed()).toPublic())
    } catch (refused: CodeException) {
        Answer.Failure(refused.toPublic())
    }

    /** Pays with that code. A wrong one, or one that came too late, ends the order as refused. */
    public suspend fun payWithCode(quote: QuoteId, code: String): Answer<Payment, PayProblem> =
        paying { raw.payWithCode(quote.value.wellFormed(), code.wellFormed()).toPublic() }

    /**
     * Payments of this device, newest first, in pages of at most 500. The offset counts those that cannot be
     * read, too: the next page begins after all of this one.
     */
    public suspend fun payments(limit: UInt = 50u, offset: UInt = 0u): Answer<Payments, FaultProblem> =
        faulty { raw.payments(limit, offset).toPublic() }

    /** One payment of this device. */
    public suspend fun payment(id: PaymentId): Answer<Payment, ViewProblem> =
        viewing { raw.payment(id.value.wellFormed()).toPublic() }

    // Receipts: read and verified without the network.

    /** All documents of the bank, newest first, in pages of at most 500. */
    public suspend fun receipts(limit: UInt = 50u, offset: UInt = 0u): Answer<Receipts, FaultProblem> =
        faulty { raw.receipts(limit, offset).toPublic() }

    /** All documents of a payment. */
    public suspend fun documents(payment: PaymentId): Answer<List<Document>, ViewProblem> =
        viewing { raw.documents(payment.value.wellFormed()).map { it.toPublic() } }

    /** The document that ends a payment. */
    public suspend fun receipt(payment: PaymentId): Answer<Document, ViewProblem> =
        viewing { raw.receipt(payment.value.wellFormed()).toPublic() }

    /** One document. */
    public suspend fun receipt(document: DocumentId): Answer<Document, ViewProblem> =
        viewing { raw.receipt(document.value.wellFormed()).toPublic() }

    // Events.

    /**
     * What happens to payments, each event at least once: it is acknowledged when the collector has dealt with
     * it, and comes again (in the next process, too) when the collector failed or was cancelled. So deal with
     * events in the collector itself: a buffer in between would acknowledge what nobody has dealt with.
     *
     * Collect it while the app is in the foreground; the queue is looked into every [every]. Waits while the
     * device is locked or the profile suspended, and ends with [EventsInterrupted] when events cannot be read.
     */
    public fun events(every: Duration = 1.seconds): Flow<Event> = flow {
        while (true) {
            when (val next = nextEvent()) {
                is Answer.Failure -> when (next.problem.fault) {
                    is Fault.Locked, is Fault.Suspended -> delay(every)
                    else -> throw EventsInterrupted(next.problem)
                }
                is Answer.Success -> when (val event = next.value) {
                    null -> delay(every)
                    else -> {
                        emit(event)
                        // One that cannot be acknowledged comes again, which is what was promised.
                        acknowledge(event.id)
                    }
                }
            }
        }
    }

    /** The oldest event that was not acknowledged; the same one until it is. */
    public suspend fun nextEvent(): Answer<Event?, FaultProblem> = faulty { raw.nextEvent()?.toPublic() }

    /** The app has done what the event asks for. Says whether it was waiting. */
    public suspend fun acknowledge(event: EventId): Answer<Boolean, FaultProblem> =
        faulty { raw.acknowledgeEvent(event.value.wellFormed()) }

    // The app's life.

    /**
     * Closes every file, so that no lock is held when the system freezes the app. What is under way is
     * confirmed later; everything else answers [Fault.Suspended] until [resumeProfile].
     */
    public suspend fun suspendProfile(): Answer<Unit, FaultProblem> = faulty { raw.suspend() }

    /** Opens the files again and takes up what is in doubt. */
    public suspend fun resumeProfile(): Answer<Unit, OpenProblem> = opening { raw.resume() }

    /** Tells the library that the network is back: open orders are asked about at once. */
    public suspend fun networkReturned(): Answer<Unit, FaultProblem> = faulty { raw.networkReturned() }

    /** Asks about every open order once, now, and says how many are still open. */
    public suspend fun resolve(): Answer<Int, FaultProblem> = faulty { raw.resolve().toInt() }

    /**
     * Lets go of the profile. It is closed as soon as what is under way has ended; open orders are taken up at
     * the next open. To be sure that another may open it, [suspendProfile] first.
     */
    override fun close() {
        raw.close()
    }

    /** Opening, and what belongs to no profile. */
    public companion object {
        /** The version of the library, as requests to the bank carry it. */
        public val version: String get() = coreVersion()

        /**
         * Opens a profile. Works while the key store is locked: keys are fetched on first need. Orders whose end
         * is not known are taken up again at once, in the background.
         */
        public suspend fun open(
            configuration: Configuration,
            secrets: SecretStore,
            signer: DeviceSigner,
        ): Answer<BillPay, OpenProblem> = opening {
            BillPay(openClient(configuration.toRaw(), SecretStorePort(secrets), DeviceSignerPort(signer)))
        }

        /** Names the app's log, once in the life of the process; says whether it was the first. */
        public fun logTo(sink: LogSink): Boolean = setLogSink(LogSinkPort(sink))
    }
}

private inline fun <T> faulty(work: () -> T): Answer<T, FaultProblem> = try {
    Answer.Success(work())
} catch (refused: FaultException) {
    Answer.Failure(refused.toPublic())
}

private inline fun <T> opening(work: () -> T): Answer<T, OpenProblem> = try {
    Answer.Success(work())
} catch (refused: OpenException) {
    Answer.Failure(refused.toPublic())
}

private inline fun <T> activating(work: () -> T): Answer<T, ActivationProblem> = try {
    Answer.Success(work())
} catch (refused: ActivationException) {
    Answer.Failure(refused.toPublic())
}

private inline fun <T> binding(work: () -> T): Answer<T, BindingProblem> = try {
    Answer.Success(work())
} catch (refused: BindingException) {
    Answer.Failure(refused.toPublic())
}

private inline fun <T> refreshing(work: () -> T): Answer<T, RefreshProblem> = try {
    Answer.Success(work())
} catch (refused: RefreshException) {
    Answer.Failure(refused.toPublic())
}

private inline fun <T> quoting(work: () -> T): Answer<T, QuoteProblem> = try {
    Answer.Success(work())
} catch (refused: QuoteException) {
    Answer.Failure(refused.toPublic())
}

private inline fun <T> paying(work: () -> T): Answer<T, PayProblem> = try {
    Answer.Success(work())
} catch (refused: PayException) {
    Answer.Failure(refused.toPublic())
}

private inline fun <T> viewing(work: () -> T): Answer<T, ViewProblem> = try {
    Answer.Success(work())
} catch (refused: ViewException) {
    Answer.Failure(refused.toPublic())
}

/** Half of a character, as pasting may leave it, is no text that crosses: it becomes U+FFFD, and is refused as such. */
internal fun String.wellFormed(): String = String(encodeToByteArray(), Charsets.UTF_8).takeIf { any(Char::isSurrogate) } ?: this
