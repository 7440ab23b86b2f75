public import ArgumentParser
public import HeaderPolicy

extension PageFetch.Mode: ExpressibleByArgument {}
extension PageFetch.Credentials: ExpressibleByArgument {}
