package cn.billpay

import java.time.Instant
import cn.billpay.generated.BindingEcho as RawEcho

/** An entry of the catalogue, in the client's language. */
public data class Biller(
    /** Stable. */
    public val id: BillerId,
    /** Its name. */
    public val name: String,
    /** What it sells. */
    public val kind: BillerKind,
    /** Whether it takes payments. */
    public val state: BillerState,
    /** What it calls its customer numbers. */
    public val numberLabel: String,
    /** Where to find the number. */
    public val numberHelp: String,
    /** A number that passes. */
    public val numberExample: String,
    /** Whom to call, as dialled. */
    public val phone: String,
    /** When. */
    public val phoneHours: String,
)

/** What a biller sells. */
public enum class BillerKind {
    /** Electricity. */
    POWER,

    /** Water. */
    WATER,

    /** Gas. */
    GAS,

    /** Mobile phone top-up. */
    MOBILE,

    /** Property fees. */
    PROPERTY,

    /** A value of a later version. */
    UNKNOWN,
}

/** Whether a biller takes payments. */
public enum class BillerState {
    /** It does. */
    OPEN,

    /** Not now. */
    CLOSED,

    /** A value of a later version. */
    UNKNOWN,
}

/**
 * Whose number it is, for the person to compare before [BillPay.confirmBinding]. Holds the number in full
 * where nothing of Kotlin sees it.
 */
public class BindingEcho internal constructor(internal val raw: RawEcho) {
    private val view = raw.view()

    /** The biller. */
    public val biller: BillerId get() = BillerId(view.biller)

    /** Its name. */
    public val payee: String get() = view.payee

    /** Masked. */
    public val customerNumberMasked: String get() = view.customerNumberMasked

    /** As the biller masks it. */
    public val holderMasked: String get() = view.holderMasked

    /** As the biller masks it. */
    public val addressMasked: String get() = view.addressMasked

    /** Look it up again after this. */
    public val expiresAt: Instant get() = view.expiresAt

    override fun toString(): String = "BindingEcho($payee, $customerNumberMasked)"
}

/** A bound account. */
public data class Account(
    /** The bank's id. */
    public val id: AccountId,
    /** The biller. */
    public val biller: BillerId,
    /** Masked. */
    public val customerNumberMasked: String,
    /** As the biller masks it. */
    public val holderMasked: String,
    /** As the biller masks it. */
    public val addressMasked: String,
    /** What the person calls it; may be empty. */
    public val alias: String,
    /** Whether it is in force. */
    public val state: AccountState,
)

/** Whether a binding is in force. */
public enum class AccountState {
    /** In force. */
    BOUND,

    /** Removed by the person. */
    UNBOUND,

    /** A value of a later version. */
    UNKNOWN,
}

/** The bindings in force. */
public data class Accounts(
    /** In a fixed order. */
    public val accounts: List<Account>,
    /** Bindings that the file no longer gives; the next refresh fetches them again. */
    public val damaged: Int,
)

/** Why a number was not looked up or bound. */
public sealed interface BindingProblem : Problem {
    /** Not in the catalogue. */
    public data class UnknownBiller(override val why: Why) : BindingProblem

    /** The number cannot be one of this biller; nothing was sent. */
    public data class BadNumber(
        /** What is wrong with it. */
        public val problem: NumberProblem,
        override val why: Why,
    ) : BindingProblem

    /** The biller does not know the number. */
    public data class UnknownNumber(override val why: Why) : BindingProblem

    /** The echo is of another number, or too old: look it up again. */
    public data class EchoInvalid(override val why: Why) : BindingProblem

    /** No such binding. */
    public data class UnknownAccount(override val why: Why) : BindingProblem

    /** The biller does not answer now; [Why.retryAt] says when it opens. */
    public data class BillerClosed(override val why: Why) : BindingProblem

    /** Anything else. */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : BindingProblem
}

/** Why a text cannot be a customer number of a biller. */
public sealed interface NumberProblem {
    /** Too few characters. */
    public data class TooShort(
        /** In characters. */
        public val minimum: Int,
    ) : NumberProblem

    /** Too many characters. */
    public data class TooLong(
        /** In characters. */
        public val maximum: Int,
    ) : NumberProblem

    /** A character that this biller does not use, or in another place. */
    public data object Shape : NumberProblem

    /** A typing error: the check digit does not fit. */
    public data object CheckDigit : NumberProblem
}
