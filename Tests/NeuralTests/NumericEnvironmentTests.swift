import Neural
import Testing

@Suite struct NumericEnvironmentTests {
    @Test func librariesSayWhatTheyAre() {
        let environment = NumericEnvironment.current
        #expect(!environment.openBLASCore.isEmpty)
        #expect(environment.openBLASConfiguration.hasPrefix("OpenBLAS "))
        #expect(environment.description.contains("\(environment.instructions)"))
        #expect(environment.description.contains(environment.openBLASCore))
    }
}
