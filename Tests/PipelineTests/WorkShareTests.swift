import TestSupport
import Testing

@testable import Pipeline

@Suite struct WorkShareTests {
    @Test(arguments: ["", "1", "4/4", "-1/4", "1/0", "a/b", "1/2/3", "1/ 2", "0/-1"])
    func otherTextIsRefused(text: String) { #expect(WorkShare(text) == nil) }

    /// Every group belongs to exactly one of the shares.
    @Test(arguments: 1...5)
    func sharesPartTheWork(count: Int) throws {
        let clips = (0..<200).map { "clip\($0)" }
        var seen: [String] = []
        for index in 0..<count {
            let share = try #require(WorkShare("\(index)/\(count)"))
            seen += GroupedWork.groups(of: clips, share: share) { _ in true }.flatMap(\.clips)
        }
        #expect(seen.sorted() == clips.sorted())
    }

    @Test func groupsKeepTheirNumbersWhenClipsAreDone() {
        let clips = (0..<100).map { "clip\($0)" }
        let groups = GroupedWork.groups(of: clips, share: .whole) { $0.hasSuffix("9") }
        #expect(groups.map(\.number) == [0, 1, 2, 3])
        #expect(groups[3].clips == ["clip99"])
        #expect(GroupedWork(groups, limit: 4).count == 4)
        #expect(GroupedWork(groups, limit: nil).count == 10)
    }
}
