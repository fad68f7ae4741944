package cn.billpay

import java.time.ZoneId

/** The languages that every text exists in. */
public enum class Language {
    /** 简体中文. */
    ZH,

    /** English. */
    EN,
}

/** What to open. Holds no secret. */
public data class Configuration(
    /**
     * The folder of the profile; made where it is missing. Keep it out of backups: a restored copy is a
     * rolled-back ledger.
     */
    public val profile: String,
    /** The connection file of the bank, as its text: where the gateway is, and by what it is known. */
    public val connection: String,
    /** Version of the bank's app. */
    public val clientVersion: String,
    /** What the person calls this device; shown on other devices. */
    public val deviceName: String,
    /** Of every text, the bank's messages included. */
    public val language: Language,
    /** In which moments are written in texts. */
    public val zone: ZoneId = ZoneId.systemDefault(),
)

/** Why a profile could not be opened. Nothing was changed or deleted. */
public sealed interface OpenProblem : Problem {
    /** Another client has the profile. */
    public data class InUse(override val why: Why) : OpenProblem

    /** Written by a newer version of the library. */
    public data class Newer(
        /** The file's schema. */
        public val found: Long,
        /** The newest that this library knows. */
        public val supported: Long,
        override val why: Why,
    ) : OpenProblem

    /** Not whole, or another's. [Why.code] tells the causes apart. */
    public data class Unreadable(override val why: Why) : OpenProblem

    /** No space is left. */
    public data class DiskFull(override val why: Why) : OpenProblem

    /** The place cannot be written or reached. [Why.code] tells the causes apart. */
    public data class Unreachable(override val why: Why) : OpenProblem

    /** The configuration does not fit together. */
    public data class BadConfiguration(
        /** What is wrong with it, for the app's engineers. */
        public val detail: String,
        override val why: Why,
    ) : OpenProblem

    /** The process is shutting down. */
    public data class ShuttingDown(override val why: Why) : OpenProblem
}
