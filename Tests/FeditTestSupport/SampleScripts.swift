/// The language's own example, formatted; its photo is one of `MapWorld`.
public let sunglasses = """
  fedit 1

  // sunglasses.fedit: sunglasses for any portrait
  photo "p.png"
  face eyes (98, 122), (158, 122) mouth (128, 182)

  param tint: color = #20242c "lens colour"

  // One lens, a little wider than high.
  def lens(at: point) = ellipse(at, (0.46, 0.34))

  edit "sunglasses" {
      seed 7
      in face {
          let both = lens(left_eye) + lens(right_eye)
          mask   both.grown(0.06)
          sketch both
          color  both with tint
          mask   line((-1.0, -0.05), (1.0, -0.05)) brush 0.1
          sketch curve((-0.06, -0.04), (0, -0.08), (0.06, -0.04)) as "bridge"
      }
  }

  save "portrait-sunglasses.png"

  """
