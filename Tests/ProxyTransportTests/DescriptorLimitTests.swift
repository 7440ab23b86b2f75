import HTTPModel
import ProxyCore
import Testing

@testable import ProxyTransport

/// Who gets the last descriptors.
@Suite struct DescriptorLimitTests {
    @Test(arguments: [(256, 192, 208, 240), (1024, 768, 832, 960), (20_000, 18_976, 19_232, 19_744), (8, 6, 7, 8)])
    func shares(_ count: Int, _ clients: Int, _ told: Int, _ upstreams: Int) {
        let limit = DescriptorLimit(count)
        #expect(limit.clients == clients && limit.toldClients == told && limit.upstreams == upstreams)
    }

    @Test(
        arguments: [
            (3, .welcome), (191, .welcome), (192, .tooFewDescriptors),
            (207, .tooFewDescriptors), (208, .closed), (255, .closed),
        ] as [(CInt, Occupancy.Admission)])
    func admission(_ descriptor: CInt, _ answer: Occupancy.Admission) {
        let occupancy = Occupancy(descriptors: DescriptorLimit(256))
        #expect(occupancy.enter(Limits(), descriptor: descriptor) == answer)
        #expect(occupancy.enter(Limits(), descriptor: nil) == .welcome)
    }
}
