import Diagnosis
import ProxyConfig

struct SchemaCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of configurations, for editors and pipelines.",
        discussion: "An editor takes it from the first line of a file: `# yaml-language-server: $schema=letterhead.schema.json`.")

    @Flag(help: "That of files of policy tests.")
    var tests = false

    func run() { Terminal.write(tests ? Schema.policyTests.text : Schema.configuration.text) }
}
