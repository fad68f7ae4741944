// Tells the library when the network comes back: what is in doubt is asked about at once.

#if canImport(Network)
    import BillPay
    import Foundation
    @preconcurrency import Network

    /// Watches the network for as long as it lives.
    public final class NetworkWatch: Sendable {
        private let task: Task<Void, Never>

        /// Starts watching on behalf of a client.
        public init(telling client: BillPayClient) {
            task = Task {
                var edge = ReturnEdge()
                for await online in Self.changes() where edge.isReturn(online) {
                    // It may be suspended or gone; then it asks by itself when it comes back.
                    try? await client.networkReturned()
                }
            }
        }

        deinit { task.cancel() }

        private static func changes() -> AsyncStream<Bool> {
            AsyncStream { changes in
                let monitor = NWPathMonitor()
                monitor.pathUpdateHandler = { changes.yield($0.status == .satisfied) }
                changes.onTermination = { _ in monitor.cancel() }
                monitor.start(queue: DispatchQueue(label: "billpay.network"))
            }
        }
    }
#endif

/// Tells the return of the network from its being there: the first answer of a watch is no return.
struct ReturnEdge {
    private var away = false

    mutating func isReturn(_ online: Bool) -> Bool {
        defer { away = !online }
        return away && online
    }
}
