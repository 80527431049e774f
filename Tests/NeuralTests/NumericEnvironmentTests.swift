import Neural
import Testing

@Suite struct NumericEnvironmentTests {
    @Test func librariesSayWhatTheyAre() {
        let environment = NumericEnvironment.current
        #expect(!environment.openBLASCore.isEmpty)
        #expect(environment.openBLASConfiguration.hasPrefix("OpenBLAS "))
        #expect(environment.oneDNNVersion.split(separator: ".").count == 3)
        #expect(!environment.oneDNNInstructions.hasPrefix("instruction set"))
        #expect(environment.description.contains(environment.openBLASCore))
    }
}
