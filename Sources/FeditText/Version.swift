/// The version of fedit, as `fedit --version` prints it and locks record it.
public let feditVersion = "0.2.0"
