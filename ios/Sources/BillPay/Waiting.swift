// Waiting that can be stopped, for work that cannot: what crosses the boundary ignores the cancellation of a
// task, and for payments that is right. Here the waiting alone ends, at once.

import Foundation

/// How waiting ended.
enum Waited<Value: Sendable>: Sendable {
    /// With what came of the work.
    case answered(Result<Value, any Error>)
    /// By cancellation. Work that was begun goes on.
    case stopped(begun: Bool)
}

/// Does work in a task of its own, never on the caller's thread, and waits for its end or for cancellation,
/// whichever comes first. Nothing is begun in a task that is cancelled already.
func waiting<Value: Sendable>(for work: @escaping @Sendable () async throws -> Value) async -> Waited<Value> {
    if Task.isCancelled { return .stopped(begun: false) }
    let wait = Wait<Value>()
    Task.detached(priority: Task.currentPriority) {
        do {
            wait.end(with: .answered(.success(try await work())))
        } catch {
            wait.end(with: .answered(.failure(error)))
        }
    }
    return await withTaskCancellationHandler {
        await withCheckedContinuation { wait.begin($0) }
    } onCancel: {
        wait.end(with: .stopped(begun: true))
    }
}

/// The first end counts, whether it comes before or after somebody waits for it.
private final class Wait<Value: Sendable>: @unchecked Sendable {
    // All that changes does so with this lock held. (A Mutex would need iOS 18.)
    private let lock = NSLock()
    private var end: Waited<Value>?
    private var continuation: CheckedContinuation<Waited<Value>, Never>?

    func begin(_ continuation: CheckedContinuation<Waited<Value>, Never>) {
        let end = lock.withLock {
            if self.end == nil { self.continuation = continuation }
            return self.end
        }
        if let end { continuation.resume(returning: end) }
    }

    func end(with end: Waited<Value>) {
        let continuation = lock.withLock {
            if self.end == nil { self.end = end }
            defer { self.continuation = nil }
            return self.continuation
        }
        continuation?.resume(returning: end)
    }
}
