package cn.billpay

/**
 * What an operation answers: its value, or the problem that it met. Never an exception: what can go wrong
 * with a payment is part of its type, and `when` makes the compiler ask for every case.
 */
public sealed interface Answer<out T, out P : Problem> {
    /** It was done. */
    public data class Success<out T>(
        /** What came of it. */
        public val value: T,
    ) : Answer<T, Nothing>

    /** It was not done. */
    public data class Failure<out P : Problem>(
        /** Why not. */
        public val problem: P,
    ) : Answer<Nothing, P>
}

/** What every problem has: who can act, when to try again, and the words for the person. */
public interface Problem {
    /** See there. */
    public val why: Why
}

/** The value, or what [otherwise] makes of the problem. */
public inline fun <T, P : Problem> Answer<T, P>.orElse(otherwise: (P) -> T): T = when (this) {
    is Answer.Success -> value
    is Answer.Failure -> otherwise(problem)
}
