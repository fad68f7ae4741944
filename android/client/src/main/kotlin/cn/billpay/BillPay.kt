package cn.billpay

import cn.billpay.generated.ActivationException
import cn.billpay.generated.BindingException
import cn.billpay.generated.CodeException
import cn.billpay.generated.FaultException
import cn.billpay.generated.LimitsCodeException
import cn.billpay.generated.LimitsException
import cn.billpay.generated.MethodException
import cn.billpay.generated.OpenException
import cn.billpay.generated.PayException
import cn.billpay.generated.QuoteException
import cn.billpay.generated.RefreshException
import cn.billpay.generated.ReminderException
import cn.billpay.generated.SeveralException
import cn.billpay.generated.SpreadException
import cn.billpay.generated.UsualException
import cn.billpay.generated.ViewException
import cn.billpay.generated.WipeException
import cn.billpay.generated.coreVersion
import cn.billpay.generated.openClient
import cn.billpay.generated.setAside as setAsideProfile
import cn.billpay.generated.setLogSink
import cn.billpay.generated.stillDueIn
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import java.time.Instant
import java.time.ZoneId
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
public class BillPay private constructor(private val raw: RawClient) :
    ReminderSource,
    AutoCloseable {
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
                amount = amount?.toRaw(),
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

    // Several bills at once.

    /** Asks what paying each of these bills would be; at most 20. No money moves here. */
    public suspend fun quoteAll(wishes: List<Wish>): Answer<Several, SeveralProblem> =
        together { raw.quoteAll(wishes.map { it.toRaw() }).toPublic() }

    /**
     * Takes up several quotes, one after the other in the order given: an order of each, and an outcome of each
     * in its place. A bill that is refused, needs a code, or stays in doubt does not stop the next ones. Each
     * may take as long as one [pay]; meanwhile [payments] and [events] tell how far it is. Cancelling ends the
     * waiting, and stops none of them.
     */
    public suspend fun payAll(quotes: List<QuoteId>): Answer<List<Answer<Payment, PayProblem>>, SeveralProblem> =
        together { raw.payAll(quotes.map { it.value.wellFormed() }).map { it.toPublic() } }

    /**
     * How a sum would go over the open bills of an account, the oldest first. Pays nothing: each share is quoted
     * and paid by itself. Never touches the network.
     */
    public suspend fun spread(account: AccountId, sum: Money): Answer<Spread, SpreadProblem> = try {
        Answer.Success(raw.spread(account.value.wellFormed(), sum.toRaw()).toPublic())
    } catch (refused: SpreadException) {
        Answer.Failure(refused.toPublic())
    }

    /**
     * Asks what the usual payment of this account would be: of a top-up account the sum that was last paid, else
     * the oldest bill that is owed; by the method that was last paid by. No money moves here.
     */
    public suspend fun usual(account: AccountId): Answer<Quote, UsualProblem> = try {
        Answer.Success(raw.usual(account.value.wellFormed()).toPublic())
    } catch (refused: UsualException) {
        Answer.Failure(refused.toPublic())
    }

    // What was paid.

    /**
     * Payments of this device, newest first, in pages of at most 500. The offset counts those that cannot be
     * read, too: the next page begins after all of this one.
     */
    public suspend fun payments(limit: UInt = 50u, offset: UInt = 0u): Answer<Payments, FaultProblem> =
        faulty { raw.payments(limit, offset).toPublic() }

    /**
     * Payments of this device, newest first, at most 500 a page, after the place where the page before ended. Whatever
     * is paid between two pages, none comes twice and none is left out.
     */
    public suspend fun paymentPage(limit: Int = 50, after: Place? = null): Answer<PaymentPage, FaultProblem> =
        faulty { raw.paymentPage(limit.coerceAtLeast(0).toUInt(), after?.raw).toPublic() }

    /** One payment of this device. */
    public suspend fun payment(id: PaymentId): Answer<Payment, ViewProblem> =
        viewing { raw.payment(id.value.wellFormed()).toPublic() }

    // Receipts: read and verified without the network.

    /** All documents of the bank, newest first, in pages of at most 500. */
    public suspend fun receipts(limit: UInt = 50u, offset: UInt = 0u): Answer<Receipts, FaultProblem> =
        faulty { raw.receipts(limit, offset).toPublic() }

    /**
     * All documents of the bank, newest first, at most 500 a page, after the place where the page before ended. Whatever
     * arrives between two pages, none comes twice and none is left out.
     */
    public suspend fun receiptPage(limit: Int = 50, after: Place? = null): Answer<ReceiptPage, FaultProblem> =
        faulty { raw.receiptPage(limit.coerceAtLeast(0).toUInt(), after?.raw).toPublic() }

    /**
     * Receipts by what is remembered of them: a part of the payee's name, of the person's own name for the account, of
     * the total (`12.5`), of the month (`2026-11`), or the last figures of the customer number. In pages like those of
     * [receiptPage]; an empty query finds nothing.
     */
    public suspend fun searchReceipts(
        query: String,
        limit: Int = 50,
        after: Place? = null,
    ): Answer<ReceiptPage, FaultProblem> =
        faulty { raw.searchReceipts(query.wellFormed(), limit.coerceAtLeast(0).toUInt(), after?.raw).toPublic() }

    /** What was paid, by month of the bank's calendar and biller. What could not be counted is told by number. */
    public suspend fun statistics(): Answer<Statistics, FaultProblem> = faulty { raw.statistics().toPublic() }

    /** What is owed over all accounts. What could not be counted is told by number, and a doubt by its bill. */
    public suspend fun owed(): Answer<Owed, FaultProblem> = faulty { raw.owed().toPublic() }

    /**
     * A document as a text to give away, in the language of the configuration: words, and below them the document itself
     * ([Document.compact]), by which anyone can verify it with the bank's keys.
     */
    public suspend fun receiptText(document: DocumentId): Answer<String, ViewProblem> =
        viewing { raw.receiptText(document.value.wellFormed()) }

    /**
     * The bank's receipt keys as this phone has them (a JWKS), each with the time in which it signed. For comparing: a
     * stranger should have them from the bank.
     */
    public suspend fun receiptKeys(): Answer<String, FaultProblem> = faulty { raw.receiptKeys() }

    /** All documents of a payment. */
    public suspend fun documents(payment: PaymentId): Answer<List<Document>, ViewProblem> =
        viewing { raw.documents(payment.value.wellFormed()).map { it.toPublic() } }

    /** The document that ends a payment. */
    public suspend fun receipt(payment: PaymentId): Answer<Document, ViewProblem> =
        viewing { raw.receipt(payment.value.wellFormed()).toPublic() }

    /** One document. */
    public suspend fun receipt(document: DocumentId): Answer<Document, ViewProblem> =
        viewing { raw.receipt(document.value.wellFormed()).toPublic() }

    /** Where the chain over the customer's documents does not hold; empty when all is well. */
    public suspend fun chainBreaks(): Answer<List<ChainBreak>, FaultProblem> =
        faulty { raw.chainBreaks().map { it.toPublic() } }

    // Reminders.

    override suspend fun reminders(zone: ZoneId, room: Int): Answer<ReminderPlan, ReminderProblem> =
        reminding { raw.reminders(zone.id, room.coerceAtLeast(0).toUInt()).toPublic() }

    override suspend fun reportArmed(armed: ArmedReminders): Answer<Unit, FaultProblem> =
        faulty { raw.reportArmed(armed.toRaw()) }

    override suspend fun reminderHealth(zone: ZoneId, room: Int): Answer<List<UnarmedReminder>, ReminderProblem> =
        reminding { raw.reminderHealth(zone.id, room.coerceAtLeast(0).toUInt()).map { it.toPublic() } }

    override suspend fun stillDue(reminder: ReminderId): Answer<StillDue, FaultProblem> =
        faulty { raw.stillDue(reminder.value.wellFormed()).toPublic() }

    /** This phone's name for a reminder that came as a push of the bank; none where it knows no such bill. */
    public suspend fun pushedReminder(pushed: String): Answer<ReminderId?, FaultProblem> =
        faulty { raw.pushedReminder(pushed.wellFormed())?.let(::ReminderId) }

    /** A bill as reminders name it; none where this profile has no such bill. */
    public suspend fun remindedBill(biller: BillerId, billNumber: BillNumber): Answer<RemindedBill?, FaultProblem> =
        faulty { raw.reminderOf(biller.value.wellFormed(), billNumber.value.wellFormed())?.let(::RemindedBill) }

    override suspend fun snooze(bill: RemindedBill, until: Instant): Answer<Unit, ReminderProblem> =
        reminding { raw.snooze(bill.value.wellFormed(), until) }

    /** Speaks no more of a biller's bills, or again. */
    public suspend fun mute(biller: BillerId, muted: Boolean): Answer<Unit, ReminderProblem> =
        reminding { raw.mute(biller.value.wellFormed(), muted) }

    /** What the person chose. */
    public suspend fun reminderPolicy(): Answer<ReminderPolicy, FaultProblem> = faulty { raw.reminderPolicy().toPublic() }

    /**
     * Sets what the person changed of the policy that was [read]: what was put off, muted or chosen by another call meanwhile
     * stays. Where it makes no sense, what was chosen before stays.
     */
    public suspend fun setReminderPolicy(read: ReminderPolicy, policy: ReminderPolicy): Answer<Unit, ReminderProblem> =
        reminding { raw.setReminderPolicy(read.toRaw(), policy.toRaw()) }

    /** By which ways the person is reminded. */
    public suspend fun reminderChannels(): Answer<ReminderChannels, FaultProblem> =
        faulty { raw.reminderChannels().toPublic() }

    /**
     * Chooses the ways for one account (`null`: as usual again), or without one what is usual (`null`: the default).
     * The bank is told by [tellReminders], or by the next [refresh].
     */
    public suspend fun chooseChannels(account: AccountId?, channels: Set<Channel>?): Answer<Unit, ReminderProblem> =
        reminding { raw.chooseChannels(account?.value?.wellFormed(), channels?.toRaw()) }

    /** Tells the bank what was chosen, if that is its affair and it does not know. Every [refresh] does the same. */
    public suspend fun tellReminders(): Answer<Unit, ReminderProblem> = reminding { raw.tellReminders() }

    // Limits.

    /** The limits as last told. Never touches the network. */
    public suspend fun limits(): Answer<LimitsView, FaultProblem> = faulty { raw.limits().toPublic() }

    /** Lowers limits, at once. A limit of 0 stops all payments. What raises anything needs a code: [askLimitsCode]. */
    public suspend fun setLimits(change: LimitsChange): Answer<Limits, LimitsProblem> =
        limiting { raw.setLimits(change.toRaw()).toPublic() }

    /** Has a code sent for a raise of limits. It is good for this very change. */
    public suspend fun askLimitsCode(change: LimitsChange): Answer<SentCode, LimitsCodeProblem> = try {
        Answer.Success(raw.askLimitsCode(change.toRaw()).toPublic())
    } catch (refused: LimitsCodeException) {
        Answer.Failure(refused.toPublic())
    }

    /** Changes limits with the code that was sent for this very change: see [askLimitsCode]. */
    public suspend fun raiseLimits(change: LimitsChange, sent: SentCode, code: String): Answer<Limits, LimitsProblem> =
        limiting { raw.raiseLimits(change.toRaw(), sent.id.wellFormed(), code.wellFormed()).toPublic() }

    // Ways to pay.

    /** The ways to pay as last told, without those that were removed. Never touches the network. */
    public suspend fun methods(): Answer<List<Method>, FaultProblem> = faulty { raw.methods().map { it.toPublic() } }

    /**
     * Begins to add a card or a wallet: gives the bank's page on which the person enters it. It is there with the
     * first [refresh] after that.
     */
    public suspend fun addMethod(kind: MethodKind): Answer<HostedStep, MethodProblem> =
        method { raw.addMethod(kind.toRaw()).use { HostedStep(it.url(), it.expiresAt()) } }

    /** Removes a way to pay; payments by it that are open go on. Gives those that are left. */
    public suspend fun removeMethod(id: MethodId): Answer<List<Method>, MethodProblem> =
        method { raw.removeMethod(id.value.wellFormed()).map { it.toPublic() } }

    /** Makes a way to pay the one that is taken where the person chooses none. Gives them all. */
    public suspend fun preferMethod(id: MethodId): Answer<List<Method>, MethodProblem> =
        method { raw.preferMethod(id.value.wellFormed()).map { it.toPublic() } }

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

    /** All that were not acknowledged, the oldest first, up to a hundred: to be shown, not to be dealt with. */
    public suspend fun waitingEvents(): Answer<List<Event>, FaultProblem> =
        faulty { raw.waitingEvents().map { it.toPublic() } }

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

    /**
     * Has every signed request from now on carry what the platform vouches for this app and device (a token of Play
     * Integrity, say), or nothing. It is kept in memory alone: give it after each open, and anew when its time is over.
     * What it is worth is for the bank to say. `false` for what no request can carry (a token has 1 to 8192 visible ASCII
     * characters): then the one of before stays.
     */
    public suspend fun setAttestation(token: String?): Answer<Boolean, FaultProblem> =
        faulty { raw.setAttestation(token?.wellFormed()) }

    /** Asks about every open order once, now, and says how many are still open. */
    public suspend fun resolve(): Answer<Int, FaultProblem> = faulty { raw.resolve().toInt() }

    /**
     * Wipes everything that this profile has on this phone, the key first, which makes the rest unreadable. The
     * client can do nothing more afterwards: [close] it; a new open starts from nothing. Needs no network and no
     * readable key. Killed in the middle of it, the next open goes on with it.
     */
    public suspend fun wipe(open: OpenPayments = OpenPayments.WAIT): Answer<Unit, WipeProblem> = try {
        Answer.Success(raw.wipe(open.toRaw()))
    } catch (refused: WipeException) {
        Answer.Failure(refused.toPublic())
    }

    /**
     * Seals everything by a new root key, and deletes the old one. A large profile takes a second or two, in which
     * nothing else is written. Killed at any moment, it is all of the one key or all of the other.
     */
    public suspend fun changeRootKey(): Answer<Unit, FaultProblem> = faulty { raw.changeRootKey() }

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
        public val version: String get() = checkedLibrary { coreVersion() }

        /**
         * Opens a profile. Works while the key store is locked: keys are fetched on first need. Orders whose end
         * is not known are taken up again at once, in the background.
         */
        public suspend fun open(
            configuration: Configuration,
            secrets: SecretStore,
            signer: DeviceSigner,
        ): Answer<BillPay, OpenProblem> = withLibrary(configuration.language) {
            opening { BillPay(openClient(configuration.toRaw(), SecretStorePort(secrets), DeviceSignerPort(signer))) }
        }

        /**
         * Puts aside a profile whose root key is lost, so that the next [open] makes a new one: then activate, and
         * receipts, bindings and bills come back from the bank. Answers the path of the old file, which is kept as
         * it is. No client may have the profile open.
         *
         * For the case that activating answers [Fault.KeyLost], and only when the person has asked for it: what the
         * old file knows of payments that are still being checked is then known to the bank alone.
         */
        public suspend fun setAside(configuration: Configuration): Answer<String, OpenProblem> =
            withLibrary(configuration.language) { opening { setAsideProfile(configuration.toRaw()) } }

        /**
         * Whether a reminder that goes off is still true, without opening the profile, which may be open here, in another
         * process of the app, or nowhere. Works while the key store is locked. With a problem, show it: what is not known is
         * not done.
         */
        public suspend fun stillDue(configuration: Configuration, reminder: ReminderId): Answer<StillDue, FaultProblem> =
            checkedLibrary { faulty { stillDueIn(configuration.toRaw(), reminder.value.wellFormed()).toPublic() } }

        /** Names the app's log, once in the life of the process; says whether it was the first. */
        public fun logTo(sink: LogSink): Boolean = checkedLibrary { setLogSink(LogSinkPort(sink)) }
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

private inline fun <T> together(work: () -> T): Answer<T, SeveralProblem> = try {
    Answer.Success(work())
} catch (refused: SeveralException) {
    Answer.Failure(refused.toPublic())
}

private inline fun <T> limiting(work: () -> T): Answer<T, LimitsProblem> = try {
    Answer.Success(work())
} catch (refused: LimitsException) {
    Answer.Failure(refused.toPublic())
}

private inline fun <T> method(work: () -> T): Answer<T, MethodProblem> = try {
    Answer.Success(work())
} catch (refused: MethodException) {
    Answer.Failure(refused.toPublic())
}

private inline fun <T> reminding(work: () -> T): Answer<T, ReminderProblem> = try {
    Answer.Success(work())
} catch (refused: ReminderException) {
    Answer.Failure(refused.toPublic())
}

private inline fun <T> viewing(work: () -> T): Answer<T, ViewProblem> = try {
    Answer.Success(work())
} catch (refused: ViewException) {
    Answer.Failure(refused.toPublic())
}

/** Half of a character, as pasting may leave it, is no text that crosses: it becomes U+FFFD, and is refused as such. */
internal fun String.wellFormed(): String = String(encodeToByteArray(), Charsets.UTF_8).takeIf { any(Char::isSurrogate) } ?: this
