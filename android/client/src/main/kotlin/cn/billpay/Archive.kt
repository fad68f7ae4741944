package cn.billpay

import java.time.Instant
import java.time.LocalDate
import java.time.YearMonth
import cn.billpay.generated.Place as RawPlace

/** Where a page ended: passed back as it came, for the next one. */
@JvmInline
public value class Place internal constructor(internal val raw: RawPlace)

/** A page of the bank's signed documents. */
public data class ReceiptPage(
    /** Newest first. */
    public val documents: List<Document>,
    /** Documents of this page that the file no longer gives; the next refresh fetches them again. */
    public val damaged: Int,
    /** Where the next page begins; none at the end. */
    public val next: Place?,
)

/** A page of payments. */
public data class PaymentPage(
    /** Newest first. */
    public val payments: List<Payment>,
    /** Payments of this page that the file no longer gives. Their documents are told all the same. */
    public val damaged: Int,
    /** Where the next page begins; none at the end. */
    public val next: Place?,
)

/** What was paid, by month and biller: the sums of all receipts that verify. */
public data class Statistics(
    /** The oldest first; months in which nothing was paid are left out. */
    public val months: List<MonthSums>,
    /** Documents that wait for their key, or for a version that knows their kind: not counted. */
    public val waiting: Int,
    /** Documents that do not verify here (any more): not counted. */
    public val unverified: Int,
    /** Documents that the file no longer gives: not counted; the next refresh fetches them again. */
    public val damaged: Int,
)

/** What was paid in a month in one currency. */
public data class MonthSums(
    /** By the bank's calendar. */
    public val month: YearMonth,
    /** Of all sums here; ISO 4217. */
    public val currency: String,
    /** Of all billers. */
    public val sum: Figures,
    /** By biller, in the order of their ids. */
    public val billers: List<BillerSums>,
)

/** What was paid to one biller in a month. */
public data class BillerSums(
    /** Which; none where only a repayment is here, and nothing says whose. */
    public val biller: BillerId?,
    /** Its name, as the newest receipt has it; empty where only a repayment is here. */
    public val payee: String,
    /** What was paid. */
    public val figures: Figures,
)

/** Sums; none where one is beyond what an amount can be, which has to be said. */
public data class Figures(
    /** How many receipts. */
    public val receipts: Int,
    /** From the customer, fees included. */
    public val total: Money?,
    /** To the bank. */
    public val fee: Money?,
    /** Given back later, in this month. */
    public val returned: Money?,
)

/** What is owed over all accounts, as far as this phone knows: the open bills of [BillPay.bills]. */
public data class Owed(
    /** One sum a currency; none where nothing is owed. */
    public val totals: List<Money>,
    /** Currencies that have no sum in [totals], though something is owed: it is beyond what an amount can be. */
    public val tooLarge: List<String>,
    /** How many bills are owed, in all currencies. */
    public val bills: Int,
    /** By the bank's clock: the sums are at least as old as this. */
    public val oldest: Instant?,
    /** The first day on which one of them is due, in the bank's zone. */
    public val firstDue: LocalDate?,
    /**
     * Not in the sums: what is being paid, here or on another device, and has not ended. Each may be paid already. What a
     * bill asks for beside it is in the sums.
     */
    public val doubts: List<BillInDoubt>,
    /** Not in the sums: bills of a kind or state that a later version knows. */
    public val unknown: Int,
    /** Not in the sums: bills that the file no longer gives, or whose account or payments it does not. */
    public val damaged: Int,
)

/** A bill, or a part of one, of which it is not known whether it is still owed; or a top-up. */
public data class BillInDoubt(
    /** Whose. */
    public val biller: BillerId,
    /** Which. */
    public val billNumber: BillNumber,
    /** What is being checked of it: what a payment of this device pays, else all that the bill asks for. */
    public val amount: Money,
    /** The payment, where it is one of this device. */
    public val payment: PaymentId?,
)
