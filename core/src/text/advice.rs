//! What to do next. Shared by all errors and states, so that one situation has one advice.

use super::codes::codes;

codes! {
    /// What a person should do next.
    Advice {
        Nothing "nothing": "您无需再做任何操作。", "You need not do anything.";
        Activate "activate": "请先用银行预留手机号激活本机。", "Activate this device with the phone number that your bank knows.";
        ActivateAgain "activate-again": "请在本机重新激活；已有的回单会保留。", "Activate this device again; the receipts that you have are kept.";
        StartAgain "start-again": "请重新获取验证码，从头开始激活。", "Start the activation again to get a new code.";
        TypeCodeAgain "type-code-again": "请核对最新一条短信，再输入一次验证码。", "Look at the newest message and type its code again.";
        ResendCode "resend-code": "请重新发送验证码，并输入新短信中的验证码。", "Have a new code sent and type the one from the new message.";
        WaitUntil "wait-until": "请在{retry_at}之后再来。", "Come back after {retry_at}.";
        WaitAWhile "wait-a-while": "请过几分钟再来。", "Come back in a few minutes.";
        CheckNetwork "check-network": "请检查网络连接后再操作。", "Check the network connection, then carry on.";
        CheckClock "check-clock": "请把本机的日期和时间设为自动，然后再操作。", "Set this device's date and time to automatic, then carry on.";
        UpdateApp "update-app": "请更新应用。", "Update the app.";
        UnlockDevice "unlock-device": "请先解锁本机，然后再操作。", "Unlock this device, then carry on.";
        FreeSpace "free-space": "请在本机腾出一些空间，然后再操作。", "Make some room on this device, then carry on.";
        CloseOther "close-other": "请等正在使用它的另一个程序结束，它可能正在付款。", "Wait until the other program that uses it has ended; it may be paying.";
        CheckPath "check-path": "请检查所选文件夹的位置和权限。", "Check the folder that was chosen, and who may write to it.";
        KeepFile "keep-file": "请不要删除该文件，并联系您的银行。", "Do not delete the file; call your bank.";
        CheckSettings "check-settings": "请检查连接设置，或向您的银行重新索取。", "Check the connection settings, or get them from your bank again.";
        CallBank "call-bank": "请联系您的银行。", "Call your bank.";
        CallBankUnsafe "call-bank-unsafe": "请换一个网络；若仍如此，请联系您的银行。", "Use another network; if it stays like this, call your bank.";
        CallBiller "call-biller": "请联系收费单位。", "Call the biller.";
        CheckNumber "check-number": "请对照账单核对号码。", "Compare the number with the one on the bill.";
        CheckPhone "check-phone": "请核对手机号码。", "Check the phone number.";
        CheckCode "check-code": "请输入短信中的四到八位数字。", "Type the four to eight digits of the message.";
        ChooseBiller "choose-biller": "请从收费单位列表中选择。", "Choose one from the list of billers.";
        LookUpAgain "look-up-again": "请重新查询该号码，并再次核对。", "Look the number up again and compare it once more.";
        ChooseAccount "choose-account": "请从已绑定的账户中选择。", "Choose one of the accounts that are bound.";
        ChooseBill "choose-bill": "请刷新账单后重新选择。", "Refresh the bills and choose one of them.";
        ChooseFewer "choose-fewer": "请少选几张账单，每张只选一次。", "Choose fewer bills, and each of them once.";
        ExpectRefusals "expect-refusals": "银行会按清单顺序逐笔受理，不够的部分将不予受理。", "The bank takes the payments in the order of the list, and refuses those for which too little is left.";
        LookAtBill "look-at-bill": "请查看账单的最新金额，确认后再决定。", "Look at what the bill asks now, then decide.";
        LookAtPayments "look-at-payments": "请先查看付款记录，再决定是否再缴一次。", "Look at your payments first, then decide whether to pay once more.";
        DoNotPayAgain "do-not-pay-again": "正在核实，请勿重复支付。结果会自动显示。", "It is being checked: do not pay again. The result will show by itself.";
        AwaitResult "await-result": "请勿重复支付，结果会自动显示。", "Please do not pay again; the result will show by itself.";
        WaitForOther "wait-for-other": "请等待那一笔有结果，请勿重复支付。", "Wait for the end of that payment; do not pay again.";
        ChangeAmount "change-amount": "请修改金额。", "Change the amount.";
        ChooseMethod "choose-method": "请选择另一种支付方式。", "Choose another way to pay.";
        AddFunds "add-funds": "请存入资金或选择另一种支付方式。", "Add funds or choose another way to pay.";
        PayLessOrRaise "pay-less-or-raise": "请减少金额，或调高限额。", "Pay less, or raise the limit.";
        RaiseLimit "raise-limit": "请先调高限额，再付款。", "Raise the limit first, then pay.";
        GetCode "get-code": "请先获取短信验证码，再用它确认。", "Have a code sent by message, then confirm with it.";
        ChooseLimit "choose-limit": "请选择要修改的限额。", "Choose the limit that is to change.";
        ChooseLower "choose-lower": "请设定较低的限额，或到银行网点办理。", "Choose a lower one, or have it changed at a branch.";
        EnablePayments "enable-payments": "请在银行网点或网上银行开通缴费功能。", "Have payments enabled at a branch or in online banking.";
        CompareHolder "compare-holder": "请核对户主和地址，确认是您要付的人，再付款。", "Compare whose number it is, say that it is the right one, then pay.";
        QuoteAgain "quote-again": "请重新查看本次付款的金额，然后确认。", "Look at the amounts of this payment again, then confirm.";
        PayWhenReady "pay-when-ready": "网络恢复后可以重新付款。", "You can pay it once the network is back.";
        PayAgainIfWanted "pay-again-if-wanted": "账单仍未付；处理好原因后可以重新付款。", "The bill is still open; you can pay it once the cause is dealt with.";
        KeepReceipt "keep-receipt": "回单已保存在本机，可离线查看。", "The receipt is stored on this device and can be read offline.";
        ReadRepayment "read-repayment": "回单和退款通知都已保存在本机。", "The receipt and the repayment are both stored on this device.";
        ChooseRecord "choose-record": "请从列表中选择。", "Choose one from the list.";
        CheckReminders "check-reminders": "请检查提醒设置。", "Check what was chosen for the reminders.";
        OpenAgain "open-again": "请重新打开应用。", "Open the app again.";
    }
}

impl Advice {
    /// Whether it asks the person to do the same thing again, now or later. Never said of a doubt.
    #[must_use]
    pub fn invites_repetition(self) -> bool {
        match self {
            Self::WaitUntil
            | Self::WaitAWhile
            | Self::CheckNetwork
            | Self::CheckClock
            | Self::UnlockDevice
            | Self::FreeSpace
            | Self::TypeCodeAgain
            | Self::ResendCode
            | Self::GetCode
            | Self::StartAgain
            | Self::LookUpAgain
            | Self::ChangeAmount
            | Self::ChooseMethod
            | Self::AddFunds
            | Self::PayLessOrRaise
            | Self::RaiseLimit
            | Self::CompareHolder
            | Self::QuoteAgain
            | Self::PayWhenReady
            | Self::PayAgainIfWanted
            | Self::LookAtBill
            | Self::LookAtPayments
            | Self::ChooseBill
            | Self::ChooseFewer
            | Self::OpenAgain
            | Self::UpdateApp => true,
            Self::Nothing
            | Self::Activate
            | Self::ActivateAgain
            | Self::CloseOther
            | Self::CheckPath
            | Self::KeepFile
            | Self::CheckSettings
            | Self::CallBank
            | Self::CallBankUnsafe
            | Self::CallBiller
            | Self::CheckNumber
            | Self::CheckPhone
            | Self::CheckCode
            | Self::ChooseBiller
            | Self::ChooseAccount
            | Self::ExpectRefusals
            | Self::DoNotPayAgain
            | Self::AwaitResult
            | Self::WaitForOther
            | Self::EnablePayments
            | Self::ChooseLimit
            | Self::ChooseLower
            | Self::KeepReceipt
            | Self::ReadRepayment
            | Self::ChooseRecord
            | Self::CheckReminders => false,
        }
    }
}
