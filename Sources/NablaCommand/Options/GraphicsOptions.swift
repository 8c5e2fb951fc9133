import ArgumentParser

/// How a command draws pictures on a terminal.
struct GraphicsOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      How pictures are drawn. auto takes pixels where the terminal shows them, by kitty's protocol or as sixels, else \
      blocks. (default: auto)
      """, valueName: Graphics.Choice.allCases.words),
    completion: .list(Graphics.Choice.allCases.map(\.rawValue)),
    transform: OptionValue.choice(Graphics.Choice.allCases))
  var graphics: Graphics.Choice?

  /// Follows what was typed; may ask the terminal.
  var chosen: Graphics { Graphics(graphics ?? .auto) }
}
