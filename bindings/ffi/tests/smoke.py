"""What a shell sees of libbillpay, through the generated Python bindings (features.md rows 58, 59).

Run by ./smoke, which builds the library and generates `billpay` beside it.
"""

import asyncio
import os
import sys
import threading
import unittest

import billpay


class Store(billpay.SecretStore):
    """Keeps secrets in memory, and notes which threads called it."""

    def __init__(self):
        self.rows = {}
        self.threads = set()
        self.lock = threading.Lock()

    def get(self, name):
        with self.lock:
            self.threads.add(threading.get_ident())
            return self.rows.get(name)

    def put(self, name, secret):
        with self.lock:
            self.rows[name] = secret

    def delete(self, name):
        with self.lock:
            self.rows.pop(name, None)

    def security_level(self):
        return billpay.SecurityLevel.SOFTWARE


class LockedStore(Store):
    def get(self, name):
        raise billpay.KeyStoreError.Locked()


class RaisingStore(Store):
    def put(self, name, secret):
        raise RuntimeError(f"cannot store {secret.hex()}")


class WrongTypeStore(Store):
    def get(self, name):
        return 7


class ShyStore(Store):
    def security_level(self):
        raise RuntimeError("no idea")


class LostKeys(billpay.DeviceSigner):
    """The keys of a phone whose lock screen was changed."""

    def create(self, role):
        raise AssertionError("a check makes no key where one was lost")

    def public_key(self, role):
        raise billpay.KeyStoreError.Lost()

    def sign(self, role, message):
        raise AssertionError("there is nothing to sign with")

    def security_level(self):
        return billpay.SecurityLevel.HARDWARE


class WrongKeys(LostKeys):
    def public_key(self, role):
        return b"\x04" + bytes(64)

    def sign(self, role, message):
        return bytes.fromhex("3006020101020101")


def check(store):
    return asyncio.run(billpay.check_secret_store(store))


class AsyncCallWithForeignTrait(unittest.TestCase):
    def test_a_good_store_passes_and_keeps_nothing(self):
        store = Store()
        self.assertEqual(check(store).security_level, billpay.SecurityLevel.SOFTWARE)
        self.assertEqual(store.rows, {})

    def test_the_store_is_called_away_from_the_callers_thread(self):
        store = Store()
        check(store)
        self.assertTrue(store.threads)
        self.assertNotIn(threading.get_ident(), store.threads)

    def test_many_checks_at_once_do_not_meet(self):
        store = Store()

        async def many():
            return await asyncio.gather(*(billpay.check_secret_store(store) for _ in range(50)))

        self.assertEqual(len(asyncio.run(many())), 50)
        self.assertEqual(store.rows, {})


class ErrorsOfTheShell(unittest.TestCase):
    def test_a_declared_error_keeps_its_type_both_ways(self):
        with self.assertRaises(billpay.SecretStoreCheckError.Refused) as seen:
            check(LockedStore())
        self.assertEqual(seen.exception.step, billpay.SecretStoreStep.READ_MISSING)
        self.assertIsInstance(seen.exception.answer, billpay.KeyStoreError.Locked)

    def test_an_undeclared_exception_becomes_the_typed_error_without_its_text(self):
        with self.assertRaises(billpay.SecretStoreCheckError.Refused) as seen:
            check(RaisingStore())
        self.assertEqual(seen.exception.step, billpay.SecretStoreStep.STORE)
        self.assertIsInstance(seen.exception.answer, billpay.KeyStoreError.Failed)
        self.assertEqual(seen.exception.answer.reason, "undeclared exception RuntimeError")

    def test_an_answer_of_the_wrong_type_becomes_the_typed_error(self):
        with self.assertRaises(billpay.SecretStoreCheckError.Refused) as seen:
            check(WrongTypeStore())
        self.assertIsInstance(seen.exception.answer, billpay.KeyStoreError.Failed)

    def test_a_store_that_cannot_say_what_it_is_counts_as_the_weakest(self):
        self.assertEqual(check(ShyStore()).security_level, billpay.SecurityLevel.FILE)


class SigningKeys(unittest.TestCase):
    def test_a_lost_key_arrives_as_that(self):
        with self.assertRaises(billpay.DeviceSignerCheckError.Refused) as seen:
            asyncio.run(billpay.check_device_signer(LostKeys()))
        self.assertEqual(seen.exception.role, billpay.KeyRole.DEVICE)
        self.assertIsInstance(seen.exception.answer, billpay.KeyStoreError.Lost)

    def test_a_signature_by_no_key_is_found_out(self):
        with self.assertRaises(billpay.DeviceSignerCheckError.DoesNotVerify):
            asyncio.run(billpay.check_device_signer(WrongKeys()))


class Panics(unittest.TestCase):
    def test_a_panic_is_an_error_of_the_call_and_the_library_goes_on(self):
        with self.assertRaisesRegex(billpay.InternalError, "deliberate, at once"):
            billpay.panic_now()
        self.assertRegex(billpay.core_version(), r"^\d+\.\d+\.\d+$")

    def test_a_panic_after_a_wait_is_an_error_of_that_call_only(self):
        async def both():
            return await asyncio.gather(
                billpay.panic_later(), billpay.check_secret_store(Store()), return_exceptions=True
            )

        panic, report = asyncio.run(both())
        self.assertIsInstance(panic, billpay.InternalError)
        self.assertEqual(report.security_level, billpay.SecurityLevel.SOFTWARE)


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"{result.testsRun - bad} passed, {bad} failed", flush=True)
    sys.stderr.flush()
    # No test at all is no success. Without Python's own finalization: it ends foreign threads by
    # unwinding them (pthread_exit, when they next want the interpreter), and a thread of the runtime
    # that is just leaving a callback must not be unwound through Rust. A phone's process has no
    # such moment.
    os._exit(0 if bad == 0 and result.testsRun > 0 else 1)
