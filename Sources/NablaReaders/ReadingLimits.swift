/// What reading a file may cost.
public enum ReadingLimits {
  /// The most memory that the content of one file may take unless the caller says otherwise: 64 GiB.
  public static let defaultMaxBytes = 64 << 30
  /// The most pixels of a picture that a network is to read unless the caller says otherwise: 134 million.
  public static let greatestPicture = 1 << 27
}
