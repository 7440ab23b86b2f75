import Diagnosis
import HeaderPolicy

extension PageFetch.Mode: ArgumentValue {}
extension PageFetch.Credentials: ArgumentValue {}
