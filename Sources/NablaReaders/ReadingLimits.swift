/// What reading a file may cost.
public enum ReadingLimits {
  /// The most memory that the content of one file may take unless the caller says otherwise: 64 GiB.
  public static let defaultMaxBytes = 64 << 30
}
