/// What stands before a request's body, checked in every respect.
package struct HTTPRequestHead: Sendable {
  /// "GET", "POST" and so on, upper case.
  package let method: String
  /// What is asked for, as it was sent: starts with "/", nothing in it is decoded.
  package let path: String
  /// What follows the question mark, as it was sent; empty without one.
  package let query: String
  /// Names in lower case, in the order they came.
  package let fields: [Field]
  /// Bytes of the body.
  package let bodyLength: Int
  /// Whether the client keeps the connection for its next request.
  package let keepsConnection: Bool
  /// Whether the client waits for "100 Continue" before it sends the body.
  package let expectsContinue: Bool

  /// A line of the head.
  package struct Field: Sendable, Equatable {
    package let name: String
    package let value: String
  }

  /// The value of the only field of this name; nil where there is none.
  package func value(of name: String) -> String? { fields.first { $0.name == name }?.value }

  /// Whether a word stands in the query by itself or before a "=": "resize" in "/predict?resize".
  package func hasFlag(_ name: String) -> Bool {
    query.split(separator: "&").contains { $0 == name || $0 == "\(name)=1" }
  }

  /// The whole number after "name=" in the query; nil where none stands there.
  package func number(_ name: String) -> Int? {
    for part in query.split(separator: "&") where part.hasPrefix("\(name)=") {
      return Int(part.dropFirst(name.utf8.count + 1))
    }
    return nil
  }
}

/// A request: the head, and the body that came with it.
package struct HTTPRequest: Sendable {
  package let head: HTTPRequestHead
  package let body: [UInt8]

  package init(head: HTTPRequestHead, body: [UInt8]) { (self.head, self.body) = (head, body) }
}

/// A request that is not answered as asked: the status, and one line that says why.
package struct HTTPRefusal: Error, Equatable {
  package let status: HTTPStatus
  package let reason: String
  /// What may be asked instead: the value of "Allow" where the method is wrong.
  var allowed: String?

  package init(_ status: HTTPStatus, _ reason: String) { (self.status, self.reason) = (status, reason) }
}

/// The statuses this server answers with. Source: RFC 9110.
package enum HTTPStatus: Int, Sendable {
  case ok = 200
  case badRequest = 400
  case forbidden = 403
  case notFound = 404
  case methodNotAllowed = 405
  case requestTimeout = 408
  case conflict = 409
  case lengthRequired = 411
  case contentTooLarge = 413
  case targetTooLong = 414
  case unsupportedMediaType = 415
  case expectationFailed = 417
  case misdirected = 421
  case unprocessable = 422
  case fieldsTooLarge = 431
  case internalError = 500
  case notImplemented = 501
  case unavailable = 503
  case versionNotSupported = 505

  var phrase: String {
    switch self {
    case .ok: "OK"
    case .badRequest: "Bad Request"
    case .forbidden: "Forbidden"
    case .notFound: "Not Found"
    case .methodNotAllowed: "Method Not Allowed"
    case .requestTimeout: "Request Timeout"
    case .conflict: "Conflict"
    case .lengthRequired: "Length Required"
    case .contentTooLarge: "Content Too Large"
    case .targetTooLong: "URI Too Long"
    case .unsupportedMediaType: "Unsupported Media Type"
    case .expectationFailed: "Expectation Failed"
    case .misdirected: "Misdirected Request"
    case .unprocessable: "Unprocessable Content"
    case .fieldsTooLarge: "Request Header Fields Too Large"
    case .internalError: "Internal Server Error"
    case .notImplemented: "Not Implemented"
    case .unavailable: "Service Unavailable"
    case .versionNotSupported: "HTTP Version Not Supported"
    }
  }
}
