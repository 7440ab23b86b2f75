/// What is kept for later requests.
extension Worker {
    /// The milliseconds after which a connection gives up what it has not needed.
    static let restAfter = 1_000
    /// The bytes that the buffers of one request keep, mostly.
    static let restWeight = 4 << 10

    /// Lends a connection the workspace for a request.
    func workspace(for downstream: HTTP1Downstream) -> HTTP1Workspace {
        let workspace: HTTP1Workspace
        if let resting = workspaces.take() {
            memory.charge(-Self.restWeight)
            workspace = resting
        } else {
            workspace = HTTP1Workspace(worker: self, listener: downstream.connection.listener)
        }
        workspace.serve(downstream)
        return workspace
    }

    func takeBack(_ workspace: HTTP1Workspace) {
        guard workspace.isOnly(of: configuration), memory.pressure == .none else { return workspace.relay.retire() }
        workspace.rest(beside: workspaces.count)
        workspaces.put(workspace)
        memory.charge(Self.restWeight)
    }

    /// Drops the workspaces that were not needed lately.
    func dropSurplus() { drop(workspaces.takeSurplus()) }

    /// Drops all workspaces that no connection is using.
    func dropWorkspaces() { drop(workspaces.takeAll()) }

    /// Drops all that is kept for later requests, because memory is short for those in progress.
    func dropResting() {
        dropWorkspaces()
        for connection in clients { connection.dropResting() }
        memory.tell()
    }

    private func drop(_ resting: [HTTP1Workspace]) {
        for workspace in resting { workspace.relay.retire() }
        memory.charge(-resting.count * Self.restWeight)
    }
}
