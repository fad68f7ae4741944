// Events as a sequence that acknowledges what its reader has dealt with.

/// What happens to payments: see ``BillPayClient/events(every:)``.
public struct Events: AsyncSequence, Sendable {
    /// What it is a sequence of.
    public typealias Element = Event

    let client: BillPayClient
    let every: Duration

    /// One pass over the queue.
    public struct Iterator: AsyncIteratorProtocol {
        let client: BillPayClient
        let every: Duration
        private var handed: EventID?

        init(client: BillPayClient, every: Duration) {
            self.client = client
            self.every = every
        }

        /// The next event; asking for it says that the one before was dealt with. `nil` when the task is
        /// cancelled. Throws ``FaultError`` when events cannot be read.
        public mutating func next() async throws -> Event? {
            if let handed {
                self.handed = nil
                // One that cannot be acknowledged comes again, which is what was promised.
                _ = try? await client.acknowledge(handed)
            }
            while true {
                do {
                    if let event = try await client.nextEvent() {
                        handed = event.id
                        return event
                    }
                } catch {
                    switch error.fault {
                    case .locked, .suspended: break
                    case .stoppedWaiting: return nil
                    default: throw error
                    }
                }
                do { try await Task.sleep(for: every) } catch { return nil }
            }
        }
    }

    /// A pass of its own.
    public func makeAsyncIterator() -> Iterator { Iterator(client: client, every: every) }
}
