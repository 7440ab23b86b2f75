/// The findings of `check`. The codes are stable: a number is never given another meaning.
package enum LintCode: String, Sendable, Hashable, CaseIterable {
    /// An error of the file itself, which prevents it from running.
    case unreadable = "LH001"
    /// A warning of the loader that has no code of its own.
    case loaderWarning = "LH002"
    case unreachableRoute = "LH010"
    case unusedUpstream = "LH011"
    case unusedPolicy = "LH012"
    case coveredRoute = "LH013"
    case nameTwice = "LH014"

    case overwritten = "LH101"
    case neverAbsent = "LH102"
    case presetWinsOverRule = "LH103"
    case neverPresent = "LH104"
    case afterStop = "LH105"
    case singleFieldTwice = "LH106"
    case setThenRemoved = "LH107"
    case impossibleCondition = "LH108"
    case pathOutsideRoute = "LH109"

    case transportSecurityOnHTTP = "LH110"
    case transportSecurityShort = "LH111"
    case preloadIncomplete = "LH112"
    case referrerLeaks = "LH113"
    case filterOfOldBrowsers = "LH114"
    case deprecatedField = "LH115"
    case ignoredValue = "LH116"
    case foreignVariable = "LH117"
    case renamedAgain = "LH118"

    case starWithoutAuthorization = "LH120"
    case nullOrigin = "LH121"
    case looseOriginPattern = "LH122"
    case httpOriginWithCredentials = "LH123"
    case corsTwice = "LH125"
    case corsByHand = "LH126"
    case reflectedOrigin = "LH127"
    case safelistedExpose = "LH128"
    case unusualOrigin = "LH129"
    case publicSuffixOrigin = "LH130"
    case forbiddenHeader = "LH131"
    case safelistedHeader = "LH132"
    case wideCORS = "LH133"
    case corsWithoutErrors = "LH134"
    case corsTakenAway = "LH135"
    case corsWithoutSuccess = "LH136"

    case setCookieReplaces = "LH140"
    case refusedCookie = "LH141"
    case secureCookieOnHTTP = "LH142"
    case cookieStaysBehind = "LH143"
    case sameSiteWritten = "LH144"

    case varyMissing = "LH150"
    case varyOverwritten = "LH151"
    case cachesErrors = "LH152"

    case scriptsInline = "LH160"
    case scriptsEval = "LH161"
    case scriptsFromAnywhere = "LH162"
    case noDefaultSource = "LH163"
    case noBaseURI = "LH164"
    case directiveTwice = "LH166"
    case constantNonce = "LH167"
    case cachedNonce = "LH168"
    case clientDecides = "LH169"
    case objectsFromAnywhere = "LH170"
    case baseFromAnywhere = "LH171"
    case semicolonMissing = "LH172"
    case strictDynamicAlone = "LH173"
    case scriptsInAttributes = "LH174"
    case sourceOverHTTP = "LH175"
    case sourceIsAddress = "LH176"
    case shortNonce = "LH177"
    case scriptsOfStrangers = "LH178"

    case redirectDropsQuery = "LH180"
    case redirectToClientsHost = "LH181"
    case redirectLoop = "LH182"

    case trustsEverybody = "LH190"
    case adminIsPublic = "LH191"
    case noLimit = "LH192"
    case noTimeout = "LH193"
    case debugsEverybody = "LH194"

    case contentTypeRemoved = "LH200"

    /// The page and the section that explain it.
    package var reference: String { Documentation.reference("lint.md#\(rawValue.lowercased())") }
}

/// One finding of `check`.
package struct Finding: Sendable, Hashable {
    package var code: LintCode
    package var diagnostic: Diagnostic

    package init(_ code: LintCode, _ diagnostic: Diagnostic) {
        self.code = code
        self.diagnostic = diagnostic
    }
}
