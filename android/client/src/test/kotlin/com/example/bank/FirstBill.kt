package com.example.bank

import cn.billpay.*

interface Screen {
    suspend fun ask(question: String): String
    suspend fun agrees(statement: String): Boolean
}

class Stopped(val why: Why) : Exception(why.whatHappened)

fun <T, P : Problem> Answer<T, P>.orStop(): T = orElse { throw Stopped(it.why) }

suspend fun firstBill(app: Configuration, secrets: SecretStore, signer: DeviceSigner, screen: Screen): Payment? {
    val billpay = BillPay.open(app, secrets, signer).orStop()
    billpay.startActivation(screen.ask("Your phone number?")).orStop()
    billpay.finishActivation(screen.ask("The code that we sent you?")).orStop()

    val biller = billpay.billers().orStop().first { it.kind == BillerKind.POWER }
    val echo = billpay.lookUpBinding(biller.id, screen.ask(biller.numberLabel)).orStop()
    if (!screen.agrees("Is this yours? ${echo.holderMasked}, ${echo.addressMasked}")) return null
    billpay.confirmBinding(echo).orStop()

    billpay.refresh().orStop()
    val bill = billpay.bills().orStop().bills.first { it.status == BillStatus.Open }
    val quote = billpay.quote(bill.biller, bill.billNumber).orStop()
    quote.firstPayment?.let { first ->
        if (!screen.agrees("Your first payment to this number: is it ${first.holderMasked}'s?")) return null
        billpay.acknowledgeEcho(first).orStop()
    }
    if (!screen.agrees("Pay ${quote.total} to ${quote.payee}?")) return null
    return billpay.pay(quote.id).orStop()
}
