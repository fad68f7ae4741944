package cn.billpay

import java.math.BigDecimal
import java.util.Currency
import cn.billpay.generated.Money as RawMoney

/** An amount in whole minor units (分 for CNY), never a fraction and never a `Double`. */
@JvmInline
public value class Money internal constructor(internal val raw: RawMoney) {
    /** So many minor units of a currency (ISO 4217). What is no amount is refused where it is used. */
    public constructor(minor: Long, currency: String) : this(RawMoney(minor, currency))

    /** Minor units. */
    public val minor: Long get() = raw.minor

    /** ISO 4217. */
    public val currency: String get() = raw.currency

    /** The amount in major units, exactly: for a number format of the person's locale. */
    public fun toBigDecimal(): BigDecimal = BigDecimal.valueOf(minor, places(currency))

    /** `123.45 CNY`: for logs. People get it from a number format. */
    override fun toString(): String = "${toBigDecimal().toPlainString()} $currency"

    private companion object {
        /** A currency that the platform does not know has two, as most have. */
        fun places(currency: String): Int =
            runCatching { Currency.getInstance(currency).defaultFractionDigits }.getOrNull()?.coerceAtLeast(0) ?: 2
    }
}

/** As it crosses. */
internal fun Money.toRaw(): RawMoney = raw.copy(currency = currency.wellFormed())
