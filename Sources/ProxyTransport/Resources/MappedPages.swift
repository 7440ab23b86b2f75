#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Pages of files that are mapped into this process.
package enum MappedPages {
    /// Gives them back to the system; what is needed again is read from the file again.
    ///
    /// - Parameter addresses: a whole mapping of a file, of which this process has not written to any page: what it wrote would
    ///   be lost.
    package static func giveBack(_ addresses: Range<UInt>) {
        // The addresses are not read or written here, and what stands there stays the same.
        _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: addresses.lowerBound), addresses.count, MADV_DONTNEED)
    }
}
