package cn.billpay.android

import cn.billpay.Problem
import cn.billpay.ReminderPlan
import cn.billpay.UnarmedReminder

/** What came of planning anew. */
public sealed interface Rearmed {
    /** The system holds the plan, but for what is named. */
    public data class Planned(
        /** What it was asked to hold. */
        public val plan: ReminderPlan,
        /** What nobody will see when they should, and why: for the person. Empty when all is well. */
        public val unarmed: List<UnarmedReminder>,
        /** Alarms come to the minute. Otherwise they may be late by an hour: the person has not allowed exact ones. */
        public val exact: Boolean,
    ) : Rearmed

    /** It could not be carried through. What was armed before is armed, after a boot too; the next time repairs it. */
    public data class Failed(
        /** Of the library. None where there was no profile, no answer in time, or no room on the disk for the list. */
        public val problem: Problem?,
    ) : Rearmed
}
