#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Pages of files that are mapped into this process.
package enum MappedPages {
    /// Gives pages back to the system; pages that are needed again are read from the file.
    ///
    /// - Parameter addresses: a whole mapping of a file. This process must not have written to any of its pages, because the
    ///   changes would be lost.
    package static func giveBack(_ addresses: Range<UInt>) {
        // The memory at these addresses is not accessed here, and its contents stay the same.
        _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: addresses.lowerBound), addresses.count, MADV_DONTNEED)
    }
}
