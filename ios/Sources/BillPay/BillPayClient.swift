// The one door of the library.

import BillPayGenerated
import Foundation

/// A profile that is open: one customer's bills, payments and receipts on this device.
///
/// Every function may be called from any task, the main actor's too, and blocks none. Each throws one error
/// only, of its own operation, with the words for the person. Cancelling a task ends its waiting and nothing
/// else: a payment that was begun goes on to its end, which comes by ``events(every:)``.
///
/// The profile is closed when the last reference to the client is gone, as soon as what is under way has ended;
/// open orders are taken up at the next ``open(_:secrets:signer:)``.
public final class BillPayClient: Sendable {
    private let raw: BillPayGenerated.Client
    private let language: Language

    private init(_ raw: BillPayGenerated.Client, speaking language: Language) {
        self.raw = raw
        self.language = language
    }

    /// Opens a profile. Works while the device is locked: keys are fetched on first need. Orders whose end is
    /// not known are taken up again at once, in the background.
    public static func open(
        _ configuration: Configuration,
        secrets: any SecretStore,
        signer: any DeviceSigner
    ) async throws(OpenError) -> BillPayClient {
        let waited = await waiting {
            try await openClient(
                configuration: configuration.raw,
                secrets: SecretStorePort(secrets),
                signer: DeviceSignerPort(signer)
            )
        }
        let raw = try value(waited, OpenError.self, paying: false, in: configuration.language)
        return BillPayClient(raw, speaking: configuration.language)
    }

    /// Puts aside a profile whose root key is lost, so that the next ``open(_:secrets:signer:)`` makes a new one:
    /// then activate, and receipts, bindings and bills come back from the bank. Gives the old file, which is kept as
    /// it is. No client may have the profile open.
    ///
    /// For the case that activating answers ``Fault/keyLost``, and only when the person has asked for it: what the
    /// old file knows of payments that are still being checked is then known to the bank alone.
    public static func setAside(_ configuration: Configuration) async throws(OpenError) -> URL {
        let waited = await waiting { try await BillPayGenerated.setAside(configuration: configuration.raw) }
        let path = try value(waited, OpenError.self, paying: false, in: configuration.language)
        return URL(fileURLWithPath: path)
    }

    /// Whether a reminder that goes off is still true, without opening the profile, which may be open here, in another
    /// process (an extension of the app asks so), or nowhere. Works while the device is locked. With an error, show it: what
    /// is not known is not done.
    public static func stillDue(
        _ reminder: ReminderID,
        in configuration: Configuration
    ) async throws(FaultError) -> StillDue {
        let waited = await waiting {
            try await stillDueIn(configuration: configuration.raw, reminder: reminder.rawValue)
        }
        return StillDue(try value(waited, FaultError.self, paying: false, in: configuration.language))
    }

    /// Names the app's log, once in the life of the process; says whether it was the first.
    @discardableResult
    public static func logTo(_ sink: any LogSink) -> Bool { setLogSink(sink: LogSinkPort(sink)) }

    /// The version of libbillpay, as requests carry it.
    public static var coreVersion: String { BillPayGenerated.coreVersion() }
}

// MARK: - A customer's first day

extension BillPayClient {
    /// Who this device acts for, and what is under way. Never touches the network.
    public func profile() async throws(FaultError) -> Profile {
        try await ask(FaultError.self) { Profile(try await $0.profile()) }
    }

    /// Sends a code to the phone number. Calling it again with the same number while a code is out sends no
    /// second message; ``resendCode()`` does.
    @discardableResult
    public func startActivation(phone: String) async throws(ActivationError) -> Activation {
        try await ask(ActivationError.self) { Activation(try await $0.startActivation(phone: phone)) }
    }

    /// Sends a new code; the earlier one is void from then on.
    @discardableResult
    public func resendCode() async throws(ActivationError) -> Activation {
        try await ask(ActivationError.self) { Activation(try await $0.resendCode()) }
    }

    /// Presents the code: with the right one this device is the customer's.
    @discardableResult
    public func finishActivation(code: String) async throws(ActivationError) -> Profile {
        try await ask(ActivationError.self) { Profile(try await $0.finishActivation(code: code)) }
    }
}

// MARK: - Accounts

extension BillPayClient {
    /// The catalogue; the one that the app was shipped with where no other can be read.
    public func billers() async throws(FaultError) -> [Biller] {
        try await ask(FaultError.self) { try await $0.billerCatalog().map { Biller($0) } }
    }

    /// Asks the biller whose number it is, for the person to compare. A number that cannot be one of this
    /// biller is refused before the network is touched.
    public func lookUpBinding(_ biller: BillerID, customerNumber: String) async throws(BindingError) -> BindingEcho {
        try await ask(BindingError.self) {
            BindingEcho(try await $0.lookupBinding(biller: biller.rawValue, customerNumber: customerNumber))
        }
    }

    /// Binds the number that the person has compared. Binding it twice gives the same account.
    @discardableResult
    public func confirmBinding(_ echo: BindingEcho, alias: String = "") async throws(BindingError) -> Account {
        try await ask(BindingError.self) { Account(try await $0.confirmBinding(echo: echo.raw, alias: alias)) }
    }

    /// The person has compared once more whose number it is: see ``Quote/firstPayment``.
    public func acknowledgeEcho(_ first: FirstPayment) async throws(BindingError) {
        try await ask(BindingError.self) {
            try await $0.acknowledgeEcho(account: first.account.rawValue, echoDigest: first.echoDigest.rawValue)
        }
    }

    /// Removes a binding; its receipts stay.
    @discardableResult
    public func unbind(_ account: AccountID) async throws(BindingError) -> Account {
        try await ask(BindingError.self) { Account(try await $0.unbind(account: account.rawValue)) }
    }

    /// The bindings in force, as last heard.
    public func accounts() async throws(FaultError) -> Accounts {
        try await ask(FaultError.self) { Accounts(try await $0.accounts()) }
    }
}

// MARK: - Bills

extension BillPayClient {
    /// Fetches everything that changed: billers, accounts, bills, receipts of all channels.
    @discardableResult
    public func refresh() async throws(RefreshError) -> Refreshed {
        try await ask(RefreshError.self) { Refreshed(try await $0.refresh()) }
    }

    /// Asks the biller now for the bills of one account.
    public func queryBills(_ account: AccountID) async throws(RefreshError) {
        try await ask(RefreshError.self) { try await $0.queryBills(account: account.rawValue) }
    }

    /// The bills of all accounts as last heard, each with its age and what a payment makes of it.
    public func bills() async throws(FaultError) -> Bills {
        try await ask(FaultError.self) { Bills(try await $0.bills()) }
    }
}

// MARK: - Paying

extension BillPayClient {
    /// Asks what paying this bill would be. The amount is the bill's own where none is given, the method the
    /// preferred one. No money moves here.
    public func quote(
        _ biller: BillerID,
        billNumber: BillNumber,
        amount: Money? = nil,
        method: MethodID? = nil
    ) async throws(QuoteError) -> Quote {
        try await ask(QuoteError.self) {
            Quote(
                try await $0.quote(
                    biller: biller.rawValue,
                    billNumber: billNumber.rawValue,
                    amount: amount?.raw,
                    method: method?.rawValue
                )
            )
        }
    }

    /// Takes up a quote: signs the order and pays it. Answers what is known after at most 15 s; a payment that
    /// is still ``PaymentState/checking(heldUntil:)`` then goes on, and its end comes as an event.
    public func pay(_ quote: QuoteID) async throws(PayError) -> Payment {
        try await ask(PayError.self, paying: true) { Payment(try await $0.pay(quote: quote.rawValue)) }
    }

    /// Has a code sent for a quote that asks for one. It is good for this one order.
    public func askPaymentCode(_ quote: QuoteID) async throws(CodeError) -> SentCode {
        try await ask(CodeError.self) { SentCode(try await $0.askPaymentCode(quote: quote.rawValue)) }
    }

    /// Pays with that code. A wrong one, or one that came too late, ends the order as refused.
    public func pay(_ quote: QuoteID, code: String) async throws(PayError) -> Payment {
        try await ask(PayError.self, paying: true) {
            Payment(try await $0.payWithCode(quote: quote.rawValue, code: code))
        }
    }

    /// Payments of this device, newest first, in pages of at most 500. The offset counts those that cannot be
    /// read, too: the next page begins after all of this one.
    public func payments(limit: Int = 50, offset: Int = 0) async throws(FaultError) -> Payments {
        try await ask(FaultError.self) {
            Payments(try await $0.payments(limit: UInt32(clamping: limit), offset: UInt32(clamping: offset)))
        }
    }

    /// Payments of this device, newest first, at most 500 a page, after the place where the page before ended. Whatever
    /// is paid between two pages, none comes twice and none is left out.
    public func paymentPage(limit: Int = 50, after: Place? = nil) async throws(FaultError) -> PaymentPage {
        try await ask(FaultError.self) {
            PaymentPage(try await $0.paymentPage(limit: UInt32(clamping: limit), after: after?.raw))
        }
    }

    /// One payment of this device.
    public func payment(_ id: PaymentID) async throws(ViewError) -> Payment {
        try await ask(ViewError.self) { Payment(try await $0.payment(id: id.rawValue)) }
    }
}

// MARK: - Several bills at once

extension BillPayClient {
    /// Asks what paying each of these bills would be; at most 20. No money moves here.
    public func quoteAll(_ wishes: [Wish]) async throws(SeveralError) -> Several {
        try await ask(SeveralError.self) { Several(try await $0.quoteAll(wishes: wishes.map(\.raw))) }
    }

    /// Takes up several quotes, one after the other in the order given: an order of each, and an outcome of each in
    /// its place. A bill that is refused, needs a code, or stays in doubt does not stop the next ones. Each may take
    /// as long as one ``pay(_:)``; meanwhile ``payments(limit:offset:)`` and ``events(every:)`` tell how far it is.
    /// Cancelling ends the waiting, and stops none of them.
    public func payAll(_ quotes: [QuoteID]) async throws(SeveralError) -> [Result<Payment, PayError>] {
        try await ask(SeveralError.self, paying: true) {
            try await $0.payAll(quotes: quotes.map(\.rawValue)).map { Result($0) }
        }
    }

    /// How a sum would go over the open bills of an account, the oldest first. Pays nothing: each share is quoted and
    /// paid by itself. Never touches the network.
    public func spread(_ account: AccountID, sum: Money) async throws(SpreadError) -> Spread {
        try await ask(SpreadError.self) { Spread(try await $0.spread(account: account.rawValue, sum: sum.raw)) }
    }

    /// Asks what the usual payment of this account would be: of a top-up account the sum that was last paid, else the
    /// oldest bill that is owed; by the method that was last paid by. No money moves here.
    public func usual(_ account: AccountID) async throws(UsualError) -> Quote {
        try await ask(UsualError.self) { Quote(try await $0.usual(account: account.rawValue)) }
    }
}

// MARK: - Receipts, read and verified without the network

extension BillPayClient {
    /// All documents of the bank, newest first, in pages of at most 500.
    public func receipts(limit: Int = 50, offset: Int = 0) async throws(FaultError) -> Receipts {
        try await ask(FaultError.self) {
            Receipts(try await $0.receipts(limit: UInt32(clamping: limit), offset: UInt32(clamping: offset)))
        }
    }

    /// All documents of the bank, newest first, at most 500 a page, after the place where the page before ended. Whatever
    /// arrives between two pages, none comes twice and none is left out.
    public func receiptPage(limit: Int = 50, after: Place? = nil) async throws(FaultError) -> ReceiptPage {
        try await ask(FaultError.self) {
            ReceiptPage(try await $0.receiptPage(limit: UInt32(clamping: limit), after: after?.raw))
        }
    }

    /// Receipts by what is remembered of them: a part of the payee's name, of the person's own name for the account, of
    /// the total (`12.5`), of the month (`2026-11`), or the last figures of the customer number. In pages like those of
    /// ``receiptPage(limit:after:)``; an empty query finds nothing.
    public func searchReceipts(
        _ query: String,
        limit: Int = 50,
        after: Place? = nil
    ) async throws(FaultError) -> ReceiptPage {
        try await ask(FaultError.self) {
            ReceiptPage(
                try await $0.searchReceipts(query: query, limit: UInt32(clamping: limit), after: after?.raw)
            )
        }
    }

    /// What was paid, by month of the bank's calendar and biller. What could not be counted is told by number.
    public func statistics() async throws(FaultError) -> Statistics {
        try await ask(FaultError.self) { Statistics(try await $0.statistics()) }
    }

    /// What is owed over all accounts. What could not be counted is told by number, and a doubt by its bill.
    public func owed() async throws(FaultError) -> Owed {
        try await ask(FaultError.self) { Owed(try await $0.owed()) }
    }

    /// A document as a text to give away, in the language of the configuration: words, and below them the document itself
    /// (``Document/compact``), by which anyone can verify it with the bank's keys.
    public func receiptText(_ document: DocumentID) async throws(ViewError) -> String {
        try await ask(ViewError.self) { try await $0.receiptText(id: document.rawValue) }
    }

    /// The bank's receipt keys as this phone has them (a JWKS), each with the time in which it signed. For comparing: a
    /// stranger should have them from the bank.
    public func receiptKeys() async throws(FaultError) -> String {
        try await ask(FaultError.self) { try await $0.receiptKeys() }
    }

    /// All documents of a payment.
    public func documents(of payment: PaymentID) async throws(ViewError) -> [Document] {
        try await ask(ViewError.self) { try await $0.documents(payment: payment.rawValue).map { Document($0) } }
    }

    /// The document that ends a payment.
    public func receipt(of payment: PaymentID) async throws(ViewError) -> Document {
        try await ask(ViewError.self) { Document(try await $0.receipt(id: payment.rawValue)) }
    }

    /// One document.
    public func receipt(_ document: DocumentID) async throws(ViewError) -> Document {
        try await ask(ViewError.self) { Document(try await $0.receipt(id: document.rawValue)) }
    }
}

extension BillPayClient {
    /// Where the chain over the customer's documents does not hold; empty when all is well.
    public func chainBreaks() async throws(FaultError) -> [ChainBreak] {
        try await ask(FaultError.self) { try await $0.chainBreaks().map { ChainBreak($0) } }
    }
}

// MARK: - Limits and ways to pay

extension BillPayClient {
    /// The limits as last told. Never touches the network.
    public func limits() async throws(FaultError) -> LimitsView {
        try await ask(FaultError.self) { LimitsView(try await $0.limits()) }
    }

    /// Lowers limits, at once. A limit of 0 stops all payments. What raises anything needs a code:
    /// ``askLimitsCode(_:)``.
    @discardableResult
    public func setLimits(_ change: LimitsChange) async throws(LimitsError) -> Limits {
        try await ask(LimitsError.self) { Limits(try await $0.setLimits(change: change.raw)) }
    }

    /// Has a code sent for a raise of limits. It is good for this very change.
    public func askLimitsCode(_ change: LimitsChange) async throws(LimitsCodeError) -> SentCode {
        try await ask(LimitsCodeError.self) { SentCode(try await $0.askLimitsCode(change: change.raw)) }
    }

    /// Changes limits with the code that was sent for this very change: see ``askLimitsCode(_:)``.
    @discardableResult
    public func raiseLimits(_ change: LimitsChange, sent: SentCode, code: String) async throws(LimitsError) -> Limits {
        try await ask(LimitsError.self) {
            Limits(try await $0.raiseLimits(change: change.raw, sent: sent.id, code: code))
        }
    }

    /// The ways to pay as last told, without those that were removed. Never touches the network.
    public func methods() async throws(FaultError) -> [Method] {
        try await ask(FaultError.self) { try await $0.methods().map { Method($0) } }
    }

    /// Begins to add a card or a wallet: gives the bank's page on which the person enters it. It is there with the
    /// first ``refresh()`` after that.
    public func addMethod(_ kind: MethodKind) async throws(MethodError) -> HostedStep {
        try await ask(MethodError.self) { HostedStep(try await $0.addMethod(kind: kind.raw)) }
    }

    /// Removes a way to pay; payments by it that are open go on. Gives those that are left.
    @discardableResult
    public func removeMethod(_ id: MethodID) async throws(MethodError) -> [Method] {
        try await ask(MethodError.self) { try await $0.removeMethod(id: id.rawValue).map { Method($0) } }
    }

    /// Makes a way to pay the one that is taken where the person chooses none. Gives them all.
    @discardableResult
    public func preferMethod(_ id: MethodID) async throws(MethodError) -> [Method] {
        try await ask(MethodError.self) { try await $0.preferMethod(id: id.rawValue).map { Method($0) } }
    }
}

// MARK: - Reminders

extension BillPayClient {
    /// What this phone is to say of the bills, made anew: by its zone, with room for so many. Call it when the app opens
    /// or resumes, after ``refresh()``, after a payment or a choice, and after a boot, an update or a change of clock
    /// or zone: ``reportArmed(_:)`` first, then this, then arm what it says, and report again.
    public func reminders(zone: TimeZone, room: Int = 64) async throws(ReminderError) -> ReminderPlan {
        try await ask(ReminderError.self) {
            ReminderPlan(try await $0.reminders(zone: zone.identifier, room: UInt32(clamping: room)))
        }
    }

    /// Takes what the operating system holds, and what was seen.
    public func reportArmed(_ armed: ArmedReminders) async throws(FaultError) {
        try await ask(FaultError.self) { try await $0.reportArmed(armed: armed.raw) }
    }

    /// Names each reminder that will not be seen when it should be, and why.
    public func reminderHealth(zone: TimeZone, room: Int = 64) async throws(ReminderError) -> [UnarmedReminder] {
        try await ask(ReminderError.self) {
            try await $0.reminderHealth(zone: zone.identifier, room: UInt32(clamping: room)).map { UnarmedReminder($0) }
        }
    }

    /// Whether a reminder that goes off is still true. Works while the device is locked. With an error, show it: what
    /// is not known is not done.
    public func stillDue(_ reminder: ReminderID) async throws(FaultError) -> StillDue {
        try await ask(FaultError.self) { StillDue(try await $0.stillDue(reminder: reminder.rawValue)) }
    }

    /// This phone's name for a reminder that came as a push of the bank; none where it knows no such bill.
    public func pushedReminder(_ pushed: String) async throws(FaultError) -> ReminderID? {
        try await ask(FaultError.self) { try await $0.pushedReminder(pushed: pushed).map { ReminderID($0) } }
    }

    /// A bill as reminders name it; none where this profile has no such bill.
    public func remindedBill(_ biller: BillerID, billNumber: BillNumber) async throws(FaultError) -> RemindedBill? {
        try await ask(FaultError.self) {
            try await $0.reminderOf(biller: biller.rawValue, billNumber: billNumber.rawValue).map { RemindedBill($0) }
        }
    }

    /// Puts a bill off until then.
    public func snooze(_ bill: RemindedBill, until: Date) async throws(ReminderError) {
        try await ask(ReminderError.self) { try await $0.snooze(reminder: bill.rawValue, until: until) }
    }

    /// Speaks no more of a biller's bills, or again.
    public func mute(_ biller: BillerID, _ muted: Bool = true) async throws(ReminderError) {
        try await ask(ReminderError.self) { try await $0.mute(biller: biller.rawValue, muted: muted) }
    }

    /// What the person chose.
    public func reminderPolicy() async throws(FaultError) -> ReminderPolicy {
        try await ask(FaultError.self) { ReminderPolicy(try await $0.reminderPolicy()) }
    }

    /// Sets what the person changed of the policy that was read: what was put off, muted or chosen by another call
    /// meanwhile stays. Where it makes no sense, what was chosen before stays.
    public func setReminderPolicy(_ policy: ReminderPolicy, read: ReminderPolicy) async throws(ReminderError) {
        try await ask(ReminderError.self) { try await $0.setReminderPolicy(read: read.raw, policy: policy.raw) }
    }

    /// By which ways the person is reminded.
    public func reminderChannels() async throws(FaultError) -> ReminderChannels {
        try await ask(FaultError.self) { ReminderChannels(try await $0.reminderChannels()) }
    }

    /// Chooses the ways for one account (`nil`: as usual again), or without one what is usual (`nil`: the default). The
    /// bank is told by ``tellReminders()``, or by the next ``refresh()``.
    public func chooseChannels(_ account: AccountID?, _ channels: Set<Channel>?) async throws(ReminderError) {
        try await ask(ReminderError.self) {
            try await $0.chooseChannels(account: account?.rawValue, channels: channels?.map(\.raw))
        }
    }

    /// Tells the bank what was chosen, if that is its affair and it does not know. Every ``refresh()`` does the same.
    public func tellReminders() async throws(ReminderError) {
        try await ask(ReminderError.self) { try await $0.tellReminders() }
    }
}

// MARK: - Events

extension BillPayClient {
    /// What happens to payments, each event at least once: asking for the next one acknowledges the one before.
    /// An event whose loop was left, by an error, by `break` or by cancellation, comes again, in the next
    /// process too. So deal with events in the loop itself.
    ///
    /// Read it while the app is in the foreground; the queue is looked into every second, or as said. Waits
    /// while the device is locked or the profile suspended, ends when its task is cancelled, and throws
    /// ``FaultError`` when events cannot be read.
    public func events(every: Duration = .seconds(1)) -> Events { Events(client: self, every: every) }

    /// The oldest event that was not acknowledged; the same one until it is.
    public func nextEvent() async throws(FaultError) -> Event? {
        try await ask(FaultError.self) { try await $0.nextEvent().map { Event($0) } }
    }

    /// All that were not acknowledged, the oldest first, up to a hundred: to be shown, not to be dealt with.
    public func waitingEvents() async throws(FaultError) -> [Event] {
        try await ask(FaultError.self) { try await $0.waitingEvents().map { Event($0) } }
    }

    /// The app has done what the event asks for. Says whether it was waiting.
    @discardableResult
    public func acknowledge(_ event: EventID) async throws(FaultError) -> Bool {
        try await ask(FaultError.self) { try await $0.acknowledgeEvent(id: event.rawValue) }
    }
}

// MARK: - The app's life

extension BillPayClient {
    /// Closes every file, so that no lock is held when the system freezes the app (iOS ends an app that holds
    /// one). What is under way is confirmed later; everything else answers ``Fault/suspended`` until
    /// ``resumeProfile()``.
    public func suspendProfile() async throws(FaultError) {
        try await ask(FaultError.self) { try await $0.suspend() }
    }

    /// Opens the files again and takes up what is in doubt.
    public func resumeProfile() async throws(OpenError) {
        try await ask(OpenError.self) { try await $0.resume() }
    }

    /// Tells the library that the network is back: open orders are asked about at once.
    public func networkReturned() async throws(FaultError) {
        try await ask(FaultError.self) { try await $0.networkReturned() }
    }

    /// Has every signed request from now on carry what the platform vouches for this app and device (a token of App
    /// Attest, say), or nothing. It is kept in memory alone: give it after each open, and anew when its time is over. What
    /// it is worth is for the bank to say. `false` for what no request can carry (a token has 1 to 8192 visible ASCII
    /// characters): then the one of before stays.
    @discardableResult
    public func setAttestation(_ token: String?) async throws(FaultError) -> Bool {
        try await ask(FaultError.self) { try await $0.setAttestation(token: token) }
    }

    /// Asks about every open order once, now, and says how many are still open.
    @discardableResult
    public func resolve() async throws(FaultError) -> Int {
        try await ask(FaultError.self) { Int(try await $0.resolve()) }
    }
}

extension BillPayClient {
    /// Wipes everything that this profile has on this phone, the key first, which makes the rest unreadable. The
    /// client can do nothing more afterwards: let go of it; a new open starts from nothing. Needs no network and no
    /// readable key. Killed in the middle of it, the next open goes on with it.
    public func wipe(_ open: OpenPayments = .wait) async throws(WipeError) {
        try await ask(WipeError.self) { try await $0.wipe(open: open.raw) }
    }

    /// Seals everything by a new root key, and deletes the old one. A large profile takes a second or two, in which
    /// nothing else is written. Killed at any moment, it is all of the one key or all of the other.
    public func changeRootKey() async throws(FaultError) {
        try await ask(FaultError.self) { try await $0.changeRootKey() }
    }
}

// MARK: - How an operation is asked for

extension BillPayClient {
    private func ask<T: Sendable, E: OperationError>(
        _ error: E.Type,
        paying: Bool = false,
        _ work: @escaping @Sendable (BillPayGenerated.Client) async throws -> T
    ) async throws(E) -> T {
        let raw = self.raw
        return try Self.value(await waiting { try await work(raw) }, error, paying: paying, in: language)
    }

    private static func value<T: Sendable, E: OperationError>(
        _ waited: Waited<T>,
        _: E.Type,
        paying: Bool,
        in language: Language
    ) throws(E) -> T {
        switch waited {
        case .answered(.success(let value)):
            return value
        case .answered(.failure(let error)):
            guard let met = error as? E.Raw else {
                throw E.other(fault: .defect, why: .defect(paying: paying, in: language))
            }
            throw E(met)
        case .stopped(let begun):
            throw E.other(fault: .stoppedWaiting, why: .stoppedWaiting(begun: begun, paying: paying, in: language))
        }
    }
}
